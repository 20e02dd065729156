"""Opens a request object, and puts together what stands in it and beside it."""

from collections.abc import Mapping

import structlog

from idp.clients.client import Client
from idp.endpoints.authorize.unpacking.unpacked import Unpacked
from idp.keys.encryption.decrypt import NotDecrypted, decrypt, is_encrypted
from idp.outbound.client import OutboundFailed
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.key_sets import is_same_algorithm
from idp.protocol.request_object import (
    RequestObject,
    RequestObjectRefused,
    apparent_state,
    read_request_object,
)
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, NotSigned, take_apart
from idp.replay import store as replay
from idp.wiring import Wiring

_KIND = "request_object"

log = structlog.get_logger(__name__)


async def open_request_object(wiring: Wiring, client: Client, outer: Mapping[str, str], token: str) -> Unpacked:
    """The request with the object opened, or with its refusal: then `state` alone is taken out of it."""
    readable = token
    try:
        readable = _decrypted(wiring, client, token)
        inside = await _opened(wiring, client, readable)
    except OAuthError as error:
        state = outer.get("state") or apparent_state(readable)
        return Unpacked(client, {**outer, **({"state": state} if state else {})}, refusal=error)
    beside = {name: value for name, value in outer.items() if name not in {"request", "request_uri"}}
    if _alone_counts(client):
        # RFC 9101 §6.3: what stands beside the object counts for nothing.
        return Unpacked(client, {"client_id": client.client_id, **inside}, is_signed=True)
    # OIDC Core §6.1: the object wins, except where both have to say the same.
    both = {**beside, **inside}
    if beside.get("response_type", both.get("response_type")) != both.get("response_type"):
        refusal = OAuthError(ErrorCode.INVALID_REQUEST, "response_type differs from the request object's.")
        return Unpacked(client, both, refusal=refusal)
    return Unpacked(client, both, is_signed=True)


def _decrypted(wiring: Wiring, client: Client, token: str) -> str:
    """The signed object out of its encryption, where it has one; raises `OAuthError`.

    Only a client that registered for it makes us work with a private key (OU-05).
    """
    if not is_encrypted(token):
        return token
    settings = client.request_objects
    try:
        if settings.encryption_alg is None:
            raise NotDecrypted("not registered for it")  # noqa: TRY301 - one answer to all that cannot be read
        return decrypt(wiring.encryption_keys, token, enc=settings.encryption_enc, now=wiring.clock.now())
    except NotDecrypted as error:
        log.info("request_object_refused", client_id=client.client_id, reason=str(error))
        raise OAuthError(
            ErrorCode.INVALID_REQUEST_OBJECT, "The request object cannot be decrypted.", detail=str(error)
        ) from error


async def _opened(wiring: Wiring, client: Client, token: str) -> Mapping[str, str]:
    """The parameters inside; raises `OAuthError`."""
    if not client.keys.exist:
        raise OAuthError(ErrorCode.REQUEST_NOT_SUPPORTED, "The client has no keys to sign requests with.")
    try:
        found = await _verified(wiring, client, token)
    except (NotSigned, RequestObjectRefused, OutboundFailed) as error:
        log.info("request_object_refused", client_id=client.client_id, reason=str(error))
        raise OAuthError(
            ErrorCode.INVALID_REQUEST_OBJECT, "The request object is not valid.", detail=str(error)
        ) from error
    if found.token_id is not None and not await _is_first_use(wiring, client, found.token_id, found.expires_at):
        raise OAuthError(ErrorCode.INVALID_REQUEST_OBJECT, "The request object was used before.")
    return found.parameters


async def _verified(wiring: Wiring, client: Client, token: str) -> RequestObject:
    """What costs nothing comes first: a stranger causes neither a fetch nor work with keys (OU-05)."""
    unverified = take_apart(token, algorithms=_algorithms(client))
    found = read_request_object(
        unverified,
        client_id=client.client_id,
        issuer=wiring.settings.issuer,
        alone_counts=_alone_counts(client),
        is_bounded=client.profile.request_object_is_bounded,
        now=wiring.clock.now(),
    )
    await wiring.client_keys.verify(client, unverified)
    return found


def _alone_counts(client: Client) -> bool:
    return client.profile.request_object_alone_counts or client.request_objects.must_be_signed


def _algorithms(client: Client) -> tuple[str, ...]:
    registered, of_profile = client.request_objects.signing_alg, client.profile.signing_algorithms
    return tuple(
        alg
        for alg in CLIENT_ALGORITHMS
        if (registered is None or is_same_algorithm(alg, registered)) and (of_profile is None or alg in of_profile)
    )


async def _is_first_use(wiring: Wiring, client: Client, token_id: str, expires_at: int) -> bool:
    async with wiring.database.writing() as db:
        return await replay.spend(db, _KIND, f"{client.client_id}\n{token_id}", expires_at=expires_at)
