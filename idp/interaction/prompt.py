"""What a prompt is, and what can come of its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts, Person
from idp.interaction.flow import Flow
from idp.protocol.errors import ErrorCode
from idp.web.forms import Form
from idp.web.pages import PageError


@dataclass(frozen=True, slots=True)
class Completed:
    """The prompt is answered; its evidence is written. The dispatcher decides what comes next.

    `person`: of the account that has signed in, where it need not be read again.
    """

    flow: Flow
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The form comes back with these errors. Raised by nothing: what the attempt has changed is committed."""

    errors: tuple[PageError, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    memo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detour:
    """The person goes another way, or the same page again with news. `path` is one of a prompt."""

    path: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class Aborted:
    """The person said no: the application is told (RFC 6749 §4.1.2.1)."""

    code: ErrorCode


Outcome = Completed | Rejected | Detour | Aborted


class Prompt(Protocol):
    """One thing a person may be asked. One file each, ordered in `prompts/__init__`."""

    @property
    def name(self) -> str:
        """The specification's word where it has one."""

    @property
    def path(self) -> str:
        """Its page's address."""

    @property
    def error(self) -> ErrorCode:
        """What `prompt=none` answers instead of asking (OIDC Core §3.1.2.6)."""

    def needed(self, flow: Flow, facts: Facts) -> bool:
        """Whether the flow cannot go on without it. A pure decision over rows and request."""

    def reachable(self, flow: Flow, facts: Facts) -> bool:
        """Whether its page may be opened though the dispatcher asks for another one first."""

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        """The template and its own variables."""

    async def prepare(self, conversation: Conversation, form: Form) -> Any:  # noqa: ANN401 - its own `submit` knows
        """Everything slow or read-only: form checks, look-ups, password hashing. `Rejected` ends the attempt here."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, form: Form, prepared: Any) -> Outcome:  # noqa: ANN401
        """The change, in one transaction. Nothing but SQL is awaited."""
