"""Ends what a logout is about, tells the relying parties, and says what became of that."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.endpoints.end_session.request import LogoutRequest
from idp.lifecycle.end_session import end_session
from idp.lifecycle.logout_notices import LogoutNotice, Participant, list_participants
from idp.logout.first_try import try_at_once
from idp.sessions.session import EndReason
from idp.web.browser_sessions import SignedIn
from idp.web.scope import PageScope


@dataclass(frozen=True, slots=True)
class Told:
    """`framed`: to be told by the browser itself. `unreached`: whose first back-channel try did not succeed."""

    framed: tuple[Participant, ...] = ()
    unreached: tuple[Participant, ...] = ()

    @property
    def needs_a_page(self) -> bool:
        return bool(self.framed or self.unreached)


def sessions_to_end(scope: PageScope, asked: LogoutRequest) -> Sequence[SignedIn]:
    """The session that was named, else every session of this browser."""
    named = scope.sessions.find(asked.session_id) if asked.session_id else None
    return [named] if named else list(scope.sessions.entries)


async def applications_told(scope: PageScope, asked: LogoutRequest) -> tuple[str, ...]:
    """The names of those who would hear of it."""
    ending = [entry.session.id for entry in sessions_to_end(scope, asked)]
    async with scope.wiring.database.reading() as db:
        participants = await list_participants(db, ending)
    return names_of(participants)


def names_of(participants: Sequence[Participant]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(participant.client.client_name for participant in participants))


async def end_sessions(scope: PageScope, asked: LogoutRequest) -> Told:
    """Committed when it returns, whoever could be told."""
    ending = sessions_to_end(scope, asked)
    notices: list[LogoutNotice] = []
    async with scope.wiring.database.writing() as db:
        for entry in ending:
            ended = await end_session(db, entry.session, reason=EndReason.LOGOUT, origin=scope.origin)
            notices += ended.notices if ended else ()
    for entry in ending:
        scope.sessions.remove(entry.session.id)
    scope.sessions.cookie_changed = True
    unreached = await try_at_once(scope.wiring, notices)
    framed = [n.participant for n in notices if n.participant.client.logout.frontchannel_logout_uri is not None]
    return Told(tuple(framed), tuple(unreached))
