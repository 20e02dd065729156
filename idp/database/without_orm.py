"""SQLAlchemy's asyncio connections without its ORM, which nothing here uses.

`sqlalchemy.ext.asyncio` imports its sessions whoever asks for what, and they import the ORM: 5.5 MB of every process
that serves and 40 ms of its start. So stand-ins that hold nothing take the place of the sessions. Every other process
loads SQLAlchemy as it comes, and could serve as well.
"""

import sys
from types import ModuleType

_SESSIONS = ("sqlalchemy.ext.asyncio.session", "sqlalchemy.ext.asyncio.scoping")


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> None:
        """`from … import` of any name works, and brings nothing; but a module has no more dunders than it has."""
        if name.startswith("__"):
            raise AttributeError(name)


def leave_out_the_orm() -> None:
    """Before anything of SQLAlchemy is imported: afterwards it changes nothing."""
    for name in _SESSIONS:
        sys.modules.setdefault(name, _StandIn(name))
