"""What people read of a client in their own language: `client_name#cs`, `policy_uri#de-AT` (OIDC Registration §2.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from idp.clients.members import MemberReader

_NAME = "client_name"
_URIS = ("client_uri", "logo_uri", "policy_uri", "tos_uri")


@dataclass(frozen=True, slots=True)
class Translations:
    """By member, and then by language tag in small letters."""

    texts: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, member: str, locale: str) -> str | None:
        """The text for the locale, or for its language without a region; None: the untagged member is the one."""
        texts = self.texts.get(member, {})
        wanted = locale.lower().replace("_", "-")
        return texts.get(wanted) or texts.get(wanted.partition("-")[0])

    def uris(self) -> Iterator[tuple[str, str]]:
        """Every address among them, with the name of its member."""
        for member in _URIS:
            for tag, uri in self.texts.get(member, {}).items():
                yield f"{member}#{tag}", uri


def read_translations(read: MemberReader) -> Translations:
    """Raises `InvalidClientMetadata`."""
    return Translations({member: texts for member in (_NAME, *_URIS) if (texts := read.localized(member))})
