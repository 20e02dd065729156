"""The shape of a subject: its template, what to tell before, and what to do when the owner objects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.record import Origin
from idp.sealing import MasterKeys
from idp.settings import Settings
from idp.support.objections import Objection


@dataclass(frozen=True, slots=True)
class Acting:
    """What the consequence may need of the process and of the request."""

    keys: MasterKeys
    settings: Settings
    origin: Origin


@dataclass(frozen=True, slots=True)
class Subject:
    """The template is given `state` (`ready`, `used`), and whatever `tell` finds; `act` runs once, in the caller's
    transaction."""

    template: str
    tell: Callable[[AsyncConnection, Objection], Awaitable[dict[str, Any]]]
    act: Callable[[AsyncConnection, Objection, Acting], Awaitable[None]]
