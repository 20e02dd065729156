"""What a client is told as `sub` and `sid`, and what it means when it comes back (OIDC Core §8).

A client of a pairwise sector is told identifiers that no other sector knows; every other one, our own.
"""

from idp.clients.client import Client
from idp.subjects.pairwise import IdKind
from idp.wiring import Wiring


def subject_of(wiring: Wiring, client: Client, account_id: str) -> str:
    """`sub`: the account's identifier for this client, the same at every login."""
    return _told(wiring, client, account_id, IdKind.SUBJECT)


def account_of(wiring: Wiring, client: Client, subject: str) -> str | None:
    """The account id behind a `sub` of this client; None where it was never told such a one."""
    return _meant(wiring, client, subject, IdKind.SUBJECT)


def session_id_told(wiring: Wiring, client: Client, session_id: str) -> str:
    """`sid`: it would link people across sectors just as `sub` does."""
    return _told(wiring, client, session_id, IdKind.SESSION)


def session_id_meant(wiring: Wiring, client: Client, sid: str) -> str | None:
    """The session behind a `sid` of this client; None where it was never told such a one."""
    return _meant(wiring, client, sid, IdKind.SESSION)


def _told(wiring: Wiring, client: Client, own_id: str, kind: IdKind) -> str:
    sector = client.subjects.sector
    return own_id if sector is None else wiring.pairwise.seal(own_id, kind=kind, sector=sector)


def _meant(wiring: Wiring, client: Client, told: str, kind: IdKind) -> str | None:
    sector = client.subjects.sector
    return told if sector is None else wiring.pairwise.open(told, kind=kind, sector=sector)
