"""`python -m examples.api`: serves the API at the host and port of API_URL (or at API_BIND)."""

import os
import sys
import time
from urllib.parse import urlsplit

import uvicorn

from examples.api.app import build_app
from examples.api.configuration import Configuration, ConfigurationError


def _now() -> int:
    return int(time.time())  # noqa: TID251 (an application of its own, with a clock of its own)


def main() -> int:
    """Serves until it is told to stop."""
    try:
        configuration = Configuration.from_environment(os.environ)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    listen = urlsplit("//" + os.environ.get("API_BIND", urlsplit(configuration.url).netloc))
    uvicorn.run(
        build_app(configuration, now=_now),
        host=listen.hostname or "127.0.0.1",
        port=listen.port or 8090,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
