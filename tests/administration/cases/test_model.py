"""Cases against a model: whatever people do in whatever order, an account changes only by a way that the rules know."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from idp.accounts import store as accounts
from idp.accounts.account import Account, Role
from idp.administration.refusal import Refused
from idp.credentials.store import has_active_otp
from idp.support.case import Case, CaseKind
from idp.support.evidence import EvidenceItem
from tests.administration.cases.desk import LOGIN_EMAIL, NEW_EMAIL, Desk
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings

_PEOPLE = {"ada": Role.SUPPORT, "bob": Role.SUPPORT, "carl": Role.APPROVER, "dora": Role.ADMIN}
_KINDS = (CaseKind.OTP_DEACTIVATION, CaseKind.LOGIN_EMAIL_CHANGE, CaseKind.NO_CHANNEL_LEFT)
_HOLD = 72 * 3600


class CaseMachine(RuleBasedStateMachine):
    """One customer, one case, four operators, a phone, a clock, and an owner who may object."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = MovableClock()
        self.status = "open"
        self.approved_by: list[str] = []
        self.brought_by: set[str] = set()
        self.has_documents = self.phone_spoke = False
        self.held_until = 0

    @initialize(kind=st.sampled_from(_KINDS), by=st.sampled_from([None, *_PEOPLE]))
    def start(self, kind: CaseKind, by: str | None) -> None:
        url = f"sqlite:///{shutil.copy(self.template, self.directory / 'idp.sqlite3')}"
        self.running = running_provider(test_settings(url, self.directory), self.clock)
        self.provider: Provider = self.runner.run(self.running.__aenter__())
        self.desk = Desk(self.provider)
        self.runner.run(self._prepare(kind, by))

    async def _prepare(self, kind: CaseKind, by: str | None) -> None:
        for name, role in _PEOPLE.items():
            await self.desk.hire(name, role)
        self.customer: Account = await self.desk.customer()
        values: dict[str, Any] = {"old_email": LOGIN_EMAIL, "new_email": NEW_EMAIL, "topic": "email"}
        if by is None:
            self.case: Case = await self.desk.open(kind, self.customer, **values)
        else:
            self.case = await self.desk.open(kind, **values)
            await self.desk.assign(self.case, self.customer, by)
            self.brought_by.add(by)

    def teardown(self) -> None:
        if hasattr(self, "running"):
            self.runner.run(self.running.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.directory)

    @rule(who=st.sampled_from(list(_PEOPLE)))
    def receive_documents(self, who: str) -> None:
        """Only where the kind asks for them, and while the case is open."""
        item = EvidenceItem.SIGNED_DOCUMENTS if self._is(CaseKind.NO_CHANNEL_LEFT) else EvidenceItem.IDENTITY_DOCUMENTS
        may = self._is_open() and not self._is(CaseKind.LOGIN_EMAIL_CHANGE)
        if self._does(self.desk.receive(self.case, item, who), may=may):
            self.has_documents = True

    @rule(who=st.sampled_from(list(_PEOPLE)))
    def phone_speaks(self, who: str) -> None:
        """Once, before the hold, and never where no channel is left."""
        may = self.status in {"open", "needs_second"} and not self.phone_spoke
        may = may and not self._is(CaseKind.NO_CHANNEL_LEFT)
        if self._does(self.desk.send_sms(self.case, who), may=may):
            self.brought_by.add(who)
            code = self.runner.run(self.desk.sms_code())
            assert isinstance(self.runner.run(self.desk.authorise(self.case, code)), Case)
            self.phone_spoke = True

    @rule(who=st.sampled_from(list(_PEOPLE)))
    def approve(self, who: str) -> None:
        """Exactly where the rules, written down here a second time, let it."""
        if not self._does(self.desk.approve(self.case, who), may=self._may_approve(who)):
            return
        self.approved_by.append(who)
        if self.phone_spoke:
            self.status = "done"
        elif len(self.approved_by) == 1:
            self.status = "needs_second"
        else:
            self.status, self.held_until = "holding", self.clock.now() + _HOLD

    @rule()
    def object(self) -> None:
        if self.status != "objected" and self._does(self.desk.object(self.case), may=self._is_open()):
            self.status = "objected"

    @rule(who=st.sampled_from(list(_PEOPLE)))
    def reject(self, who: str) -> None:
        if self._does(self.desk.reject(self.case, who), may=self._is_open()):
            self.status = "rejected"

    @rule(hours=st.sampled_from([1, 36, 71, 73]))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        self.runner.run(self.desk.carry_out_held())
        if self.status == "holding" and self.clock.now() >= self.held_until:
            self.status = "done"

    @invariant()
    def account_changes_with_the_case_and_not_otherwise(self) -> None:
        if not hasattr(self, "case"):
            return
        assert self.runner.run(self.desk.now(self.case)).status == self.status
        email, has_otp = self.runner.run(self._account())
        changes_email = not self._is(CaseKind.OTP_DEACTIVATION)
        assert (email == NEW_EMAIL) is (self.status == "done" and changes_email)
        assert has_otp is not (self.status == "done" and not changes_email)

    def _does(self, step: Coroutine[Any, Any, Case], *, may: bool) -> bool:
        try:
            self.runner.run(step)
        except Refused:
            assert not may
            return False
        assert may
        return True

    def _is(self, kind: CaseKind) -> bool:
        return self.case.kind is kind

    def _is_open(self) -> bool:
        return self.status in {"open", "needs_second", "holding"}

    def _may_approve(self, who: str) -> bool:
        evidence = self.phone_spoke if self._is(CaseKind.LOGIN_EMAIL_CHANGE) else self.has_documents or self.phone_spoke
        if self.status not in {"open", "needs_second"} or not evidence or who in self.approved_by:
            return False
        if self.status == "open" and not self._is(CaseKind.LOGIN_EMAIL_CHANGE):
            return True
        is_second = _PEOPLE[who] is not Role.SUPPORT
        return is_second and (self.status == "needs_second" or who not in self.brought_by)

    async def _account(self) -> tuple[str, bool]:
        async with self.provider.wiring.database.reading() as db:
            account = await accounts.get(db, self.customer.id)
            return account.login_email, await has_active_otp(db, account.id)


def test_cases_follow_the_model(sqlite_template: Path) -> None:
    """Runs of fifteen steps each, drawn at random but the same in every run."""

    class Machine(CaseMachine):
        template = sqlite_template

    with capture_logs():
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=25,
                stateful_step_count=15,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
