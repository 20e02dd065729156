"""A provider in a process of its own, to be killed:
`python -m tests.failures.served DATABASE_URL VAR PORT [background]`.
"""

import sys
from datetime import timedelta
from pathlib import Path

from idp.app import build_app
from idp.clock import SystemClock
from idp.web.server import run_server
from idp.wiring import build_wiring
from tests.support.provider import test_settings


def main(database_url: str, var: str, port: str, background: str = "") -> None:
    # A restart on a busy machine may take longer than the usual grace of a retry.
    changes = {"issuer": f"http://localhost:{port}", "refresh_grace": timedelta(minutes=2)}
    settings = test_settings(database_url, Path(var), **changes)
    app = build_app(build_wiring(settings, SystemClock()), background=bool(background))
    run_server(app, host="127.0.0.1", port=int(port), on_ready=lambda: print("READY", flush=True))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
