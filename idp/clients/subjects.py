"""What a client is told of who a person is (OIDC Core §8, OIDC Registration §5)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.redirect_uris import registration_problem

PUBLIC, PAIRWISE = "public", "pairwise"
SUBJECT_TYPES = (PUBLIC, PAIRWISE)


@dataclass(frozen=True, slots=True)
class SubjectMetadata:
    """`sector` of a pairwise client: clients of the same one are told the same. None: `sub` is public."""

    sector: str | None = None
    sector_identifier_uri: str | None = None


def read_subjects(read: MemberReader) -> SubjectMetadata:
    """Raises `InvalidClientMetadata`. What stands behind `sector_identifier_uri`, `sector_identifier` checks."""
    subject_type = read.choice("subject_type", SUBJECT_TYPES, PUBLIC)
    uri = read.text("sector_identifier_uri")
    if uri is not None and (problem := registration_problem(uri, "web")):
        raise InvalidClientMetadata("sector_identifier_uri", problem)
    if subject_type == PUBLIC:
        return SubjectMetadata(None, uri)
    # OIDC Core §8.1: the host of that address, else that of the redirect URIs, if they have only one.
    hosts = [_host(each) for each in ([uri] if uri is not None else read.texts("redirect_uris"))]
    sector = hosts[0] if len(set(hosts)) == 1 else None
    if sector is None:
        raise InvalidClientMetadata("sector_identifier_uri", "is needed: the redirect_uris have no single host")
    return SubjectMetadata(sector, uri)


def _host(uri: str) -> str | None:
    """None for the redirect URI of an app that has no host; whether it may be one at all is checked elsewhere."""
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None
