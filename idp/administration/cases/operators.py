"""Who works at the desk, and what each of them may do to whom."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.accounts.account import Account, Role
from idp.administration.refusal import Refused
from idp.audit.events import Event

_SECOND_PERSONS = frozenset({Role.APPROVER, Role.ADMIN})
_SHELL_NAME_LENGTH = 36  # with an account id and a space it fits into the columns that name an actor


class Denied(Refused):
    """Not this person, or not so often. It is on record, beyond the transaction that it undid (LG-04)."""

    def __init__(self, sentence: str, *, event: Event = Event.CASE_DENIED, account_id: str | None = None) -> None:
        super().__init__(sentence)
        self.event = event
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Operator:
    """An account with roles, or `cli:<user>`. `shell` names who typed for an account at the command line."""

    id: str
    roles: tuple[Role, ...]
    shell: str = ""

    @property
    def actor(self) -> str:
        """How the history and the audit log name the operator: one or two words."""
        return f"{self.id} {self.shell}" if self.shell else self.id

    @property
    def may_be_second(self) -> bool:
        return not _SECOND_PERSONS.isdisjoint(self.roles)

    def is_one_of(self, actors: Iterable[str]) -> bool:
        """Whether one of the actors is the same person: the same account, or the same user of the machine."""
        return any(not set(actor.split()).isdisjoint(self.actor.split()) for actor in actors)


def operator_of(account: Account, *, shell: str = "") -> Operator:
    """Raises `Denied` for an account that is no operator's, or may not act."""
    if not account.is_operator or not account.is_active:
        raise Denied("This account is no operator's: somebody with the role admin gives it a role.")
    return Operator(account.id, account.roles, shell)


def shell_operator(user: str) -> Operator:
    """Whoever has the command line has the database, too: as much as an admin."""
    name = "_".join(user.split()) or "unknown"
    return Operator(f"cli:{name}"[:_SHELL_NAME_LENGTH], (Role.ADMIN,))


def check_may_act_on(operator: Operator, account: Account | None) -> None:
    """Raises `Denied`: without a role, on one's own account, and for support alone on any operator's (AD-06)."""
    if not operator.roles:
        raise Denied("Only operators may do this.")
    if account is None:
        return
    if operator.is_one_of([account.id]):
        raise Denied("Nobody works on their own account: a colleague must do this.", account_id=account.id)
    if account.is_operator and not operator.may_be_second:
        raise Denied("This is an operator's account: it takes the role approver or admin.", account_id=account.id)
