"""What a client may exchange tokens for (RFC 8693). Without these members it exchanges none."""

from dataclasses import dataclass

from idp.clients.members import MemberReader

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant type's name


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """`audience`: for whom it may get tokens. `impersonation`: also without saying who acts."""

    audience: tuple[str, ...] = ()
    impersonation: bool = False


def read_token_exchange(read: MemberReader) -> TokenExchange:
    """Raises `InvalidClientMetadata`."""
    return TokenExchange(
        audience=read.texts("token_exchange_audience"),
        impersonation=read.boolean("token_exchange_impersonation", default=False),
    )
