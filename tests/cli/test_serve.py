"""`idp serve` names what is in its way in one sentence, however many workers it was asked for."""

import pytest

from idp.web.server import bind
from tests.cli.conftest import Run


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_is_named(idp: Run, workers: str) -> None:
    """Before any worker is started."""
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        answer = idp("serve", "--port", port, "--workers", workers, exit_code=1)
    assert answer.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be opened (")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_setting_that_does_not_work_is_named_once(idp: Run, workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by each worker."""
    monkeypatch.setenv("IDP_SMS_HEADERS", "no JSON")
    answer = idp("serve", "--port", "0", "--workers", workers, exit_code=1)
    assert answer.stderr == "IDP_SMS_HEADERS is a JSON object of headers.\n"


def test_no_worker_at_all_is_wrong_usage(idp: Run) -> None:
    """There is always one."""
    idp("serve", "--workers", "0", exit_code=2)
