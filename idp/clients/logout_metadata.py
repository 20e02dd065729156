"""Where a client wants to be told that a session has ended (Back-Channel and Front-Channel Logout 1.0, each §2.2)."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.origins import origin_of
from idp.protocol.redirect_uris import registration_problem


@dataclass(frozen=True, slots=True)
class LogoutMetadata:
    """The `…_session_required` members ask for `sid`, which every notice of ours carries."""

    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False

    @property
    def wants_notice(self) -> bool:
        return self.backchannel_logout_uri is not None or self.frontchannel_logout_uri is not None


def read_logout_metadata(read: MemberReader) -> LogoutMetadata:
    """Raises `InvalidClientMetadata`."""
    metadata = LogoutMetadata(
        backchannel_logout_uri=_address(read, "backchannel_logout_uri"),
        backchannel_logout_session_required=read.boolean("backchannel_logout_session_required", default=False),
        frontchannel_logout_uri=_address(read, "frontchannel_logout_uri"),
        frontchannel_logout_session_required=read.boolean("frontchannel_logout_session_required", default=False),
    )
    # Front-Channel Logout §2: scheme, domain and port are those of a registered redirect URI.
    uri = metadata.frontchannel_logout_uri
    if uri is not None and _origin(uri) not in map(_origin, read.texts("redirect_uris")):
        raise InvalidClientMetadata("frontchannel_logout_uri", "must have the origin of one of the redirect_uris")
    return metadata


def _address(read: MemberReader, member: str) -> str | None:
    uri = read.text(member)
    if uri is not None and (problem := registration_problem(uri, "web")):
        raise InvalidClientMetadata(member, problem)
    return uri


def _origin(uri: str) -> str | None:
    """None for a redirect URI that has none; whether it may be one at all is checked elsewhere."""
    try:
        return origin_of(uri)
    except ValueError:
        return None
