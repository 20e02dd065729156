"""The support desk as a test drives it: operators by name, each action in a transaction of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, Role
from idp.administration.cases.acting import carry_out
from idp.administration.cases.deciding import approve, reject
from idp.administration.cases.hints import send_hint
from idp.administration.cases.holding import carry_out_held
from idp.administration.cases.objecting import object_to_case
from idp.administration.cases.office import Office, office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.administration.cases.operators import Operator, operator_of
from idp.administration.cases.phone_authorisation import authorise, send_authorisation
from idp.administration.cases.searching import Found, search
from idp.administration.cases.working import add_note, assign_account, record_evidence
from idp.audit.record import Origin
from idp.audit.store import AuditEvent, list_events
from idp.credentials.one_time_codes import CodeRefusal
from idp.support import store
from idp.support.case import Case, CaseKind
from idp.support.evidence import EvidenceItem
from idp.support.services import Service, replace_services
from idp.support.store import CaseEntry
from tests.support.provider import Provider

CONTACT = "luke@elsewhere.example"
LOGIN_EMAIL = "luke@wedos.com"
NEW_EMAIL = "luke.new@wedos.com"
PHONE = "+420601123456"
_Result = TypeVar("_Result")

Work = Callable[..., Awaitable[Case]]


@dataclass(slots=True)
class Desk:
    """What the operators of `provider` do. `as_`: the operator's name, which is also its login name."""

    provider: Provider
    operators: dict[str, Operator] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        return office_of(self.provider.wiring.settings)

    async def hire(self, name: str, *roles: Role) -> Operator:
        """An account with these roles."""
        account = await self.provider.account(f"{name}@desk.example", login_name=name, phone=None)
        async with self.provider.wiring.database.writing() as db:
            await accounts.set_roles(db, account.id, roles=roles, now=self.provider.clock.now())
        self.operators[name] = operator_of(replace(account, roles=roles))
        return self.operators[name]

    async def customer(self, **changes: Any) -> Account:
        values: dict[str, Any] = {"phone": PHONE, "otp": True} | changes
        return await self.provider.account(LOGIN_EMAIL, **values)

    async def account(self, account_id: str) -> Account:
        async with self.provider.wiring.database.reading() as db:
            return await accounts.get(db, account_id)

    async def report_service(self, account: Account, name: str = "example.com", number: str = "12345") -> None:
        async with self.provider.wiring.database.writing() as db:
            await replace_services(
                db,
                client_id="portal",
                account_id=account.id,
                services=[Service(name, number)],
                now=self.provider.clock.now(),
            )

    async def open(self, kind: CaseKind, account: Account | None = None, **values: Any) -> Case:
        """As the public form does it; with an account, as the flow of somebody who is known does it."""
        new = NewCase(kind, CONTACT, "en", account.id if account else None, **values)
        origin = Origin("192.0.2.7", "Firefox", None, None, "anonymous", self.provider.clock.now())
        return await self.run(lambda db: open_case(db, self.provider.keys, new, office=self.office, origin=origin))

    async def otp_case(self, account: Account, *, documents: bool = True) -> Case:
        """OTP is to go, and the evidence is there."""
        case = await self.open(CaseKind.OTP_DEACTIVATION, account)
        if documents:
            await self.receive(case, EvidenceItem.IDENTITY_DOCUMENTS)
        return case

    async def email_case(self, account: Account | None = None) -> Case:
        """The login email is to be replaced."""
        return await self.open(
            CaseKind.LOGIN_EMAIL_CHANGE, account, old_email=LOGIN_EMAIL, new_email=NEW_EMAIL, phone=PHONE
        )

    async def receive(self, case: Case, item: EvidenceItem, as_: str = "ada") -> Case:
        return await self._act(record_evidence, case, item, as_=as_, keys=False)

    async def note(self, case: Case, text: str, as_: str = "ada") -> Case:
        return await self._act(add_note, case, text, as_=as_, keys=False)

    async def assign(self, case: Case, account: Account, as_: str = "ada") -> Case:
        return await self._act(assign_account, case, account, as_=as_, keys=False)

    async def hint(self, case: Case, as_: str = "ada") -> Case:
        return await self._act(send_hint, case, as_=as_, office=self.office)

    async def send_sms(self, case: Case, as_: str = "ada") -> Case:
        return await self._act(send_authorisation, case, as_=as_, office=self.office)

    async def approve(self, case: Case, as_: str, reason: str = "all is there") -> Case:
        return await self._act(approve, case, as_=as_, reason=reason, office=self.office)

    async def reject(self, case: Case, as_: str, reason: str = "not convincing") -> Case:
        return await self._act(reject, case, as_=as_, reason=reason, office=self.office)

    async def object(self, case: Case) -> Case:
        return await self.run(lambda db: object_to_case(db, case, origin=self.provider.origin()))

    async def authorise(self, case: Case, code: str) -> Case | CodeRefusal:
        origin = self.provider.origin()
        return await self.run(
            lambda db: authorise(db, self.provider.keys, case, code, device_id="a device", origin=origin)
        )

    async def authorise_by_phone(self, case: Case, as_: str = "ada") -> Case:
        """The operator sends the SMS, the customer types its code."""
        await self.send_sms(case, as_)
        authorised = await self.authorise(case, await self.sms_code())
        assert isinstance(authorised, Case)
        return authorised

    async def search(self, text: str, as_: str = "ada") -> Found:
        operator = self.operators[as_]
        origin = self.origin(operator)
        return await carry_out(
            self.provider.wiring.database,
            lambda db: search(db, text, operator=operator, origin=origin),
            origin=origin,
        )

    async def carry_out_held(self) -> int:
        wiring = self.provider.wiring
        return await carry_out_held(
            wiring.database, wiring.master_keys, office=self.office, now=self.provider.clock.now()
        )

    async def now(self, case: Case) -> Case:
        """The case as it stands."""
        async with self.provider.wiring.database.reading() as db:
            found = await store.find(db, case.id)
        assert found is not None
        return found

    async def history(self, case: Case) -> list[tuple[str, str]]:
        """Who did what, in order."""
        names = {operator.id: name for name, operator in self.operators.items()}
        async with self.provider.wiring.database.reading() as db:
            return [(names.get(each.actor, each.actor), each.action) for each in await store.list_entries(db, case.id)]

    async def evidence(self, case: Case) -> set[EvidenceItem]:
        async with self.provider.wiring.database.reading() as db:
            return {each.item for each in await store.list_evidence(db, case.id)}

    @staticmethod
    async def entries(db: AsyncConnection, case: Case) -> list[CaseEntry]:
        return await store.list_entries(db, case.id)

    @staticmethod
    async def audit(db: AsyncConnection) -> list[AuditEvent]:
        return await list_events(db, limit=500)

    async def sms_code(self) -> str:
        code: str = (await self.mails(to=PHONE))[0]["code"]
        return code

    async def mails(self, *, to: str | None = None) -> list[dict[str, Any]]:
        """Every message, the newest first; of one recipient if asked."""
        inbox = await self.provider.inbox()
        return [each for each in inbox if to is None or each["to"] == to]

    def origin(self, operator: Operator) -> Origin:
        return Origin("192.0.2.80", "Chromium", None, None, operator.actor, self.provider.clock.now())

    async def run(self, work: Callable[[AsyncConnection], Awaitable[_Result]]) -> _Result:
        return await carry_out(self.provider.wiring.database, work, origin=self.provider.origin())

    async def _act(self, work: Work, case: Case, *values: Any, as_: str, keys: bool = True, **named: Any) -> Case:
        operator = self.operators[as_]
        first = (self.provider.keys,) if keys else ()
        origin = self.origin(operator)
        return await carry_out(
            self.provider.wiring.database,
            lambda db: work(db, *first, case, *values, operator=operator, origin=origin, **named),
            origin=origin,
        )
