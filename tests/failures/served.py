"""A provider in a process of its own, to be killed:
`python -m tests.failures.served DATABASE_URL VAR PORT [background | STEP | before:N | after:N]`. With a step it kills
itself there, in one of its first batches of refreshes; with a number before or after its Nth commit.
"""

import sys
from datetime import timedelta
from pathlib import Path

from idp.app import build_app
from idp.clock import SystemClock
from idp.web.server import run_server
from idp.wiring import build_wiring
from tests.failures.dying import STEPS, die_at, die_at_commit
from tests.support.provider import test_settings


def main(database_url: str, var: str, port: str, mode: str = "") -> None:
    # A restart on a busy machine may take longer than the usual grace of a retry.
    changes = {"issuer": f"http://localhost:{port}", "refresh_grace": timedelta(minutes=2)}
    wiring = build_wiring(test_settings(database_url, Path(var), **changes), SystemClock())
    if mode in STEPS:
        die_at(mode, wiring)
    app = build_app(wiring, background=mode == "background")

    def on_ready() -> None:
        moment, _, number = mode.partition(":")
        if number:
            die_at_commit(int(number), moment, wiring.database)
        print("READY", flush=True)  # noqa: T201

    run_server(app, host="127.0.0.1", port=int(port), on_ready=on_ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
