"""`python -m examples.device [issuer] [client id]`: signs in at the provider of `make run`, or at another one."""

import sys
import time

import httpx2

from examples.device.sign_in import Device, SignInFailed


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str]) -> int:
    """0 once somebody has allowed it."""
    issuer, client_id = [*arguments, *("http://localhost:8000", "example-device")[len(arguments) :]][:2]
    device = Device(
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        scope="openid profile offline_access",
        show=print_line,
        wait=time.sleep,
    )
    try:
        tokens = device.sign_in()
    except (SignInFailed, httpx2.HTTPError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"Signed in. The access token is good for {tokens['expires_in']} seconds.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
