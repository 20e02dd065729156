"""`python -m examples.portal`: serves the portal at the host and port of PORTAL_URL (or at PORTAL_BIND)."""

import os
import sys
from urllib.parse import urlsplit

import uvicorn

from examples.portal.app import build_app
from examples.portal.configuration import Configuration, ConfigurationError


def main() -> int:
    """Serves until it is told to stop."""
    try:
        configuration = Configuration.from_environment(os.environ)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # Behind a proxy the address that browsers use is not the one to listen at.
    listen = urlsplit("//" + os.environ.get("PORTAL_BIND", urlsplit(configuration.url).netloc))
    uvicorn.run(
        build_app(configuration),
        host=listen.hostname or "127.0.0.1",
        port=listen.port or 8080,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
