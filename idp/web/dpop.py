"""The header `DPoP` of a request (RFC 9449): checked, and accepted once on all nodes.

    header ─▶ read_proof ─▶ nonce, where one is required ─▶ at a resource: `ath` ─▶ spent ─▶ the key's thumbprint

At the token endpoint a refusal is 400 in JSON (§5), at a resource 401 with a challenge (§7.1).
"""

import structlog

from idp.protocol.dpop import DPOP_ALGORITHMS, MOST_AHEAD, OLDEST, Proof, ProofRefused, access_token_hash, read_proof
from idp.protocol.errors import ErrorCode, OAuthError
from idp.replay import store as replay
from idp.settings import DpopNonce
from idp.web.addresses import addresses_of
from idp.web.dpop_nonces import current_nonce, is_fresh
from idp.web.plain import PlainRequest
from idp.wiring import Wiring

_HEADER = "dpop"
_KIND = "dpop_proof"
_ALGORITHMS = f'algs="{" ".join(DPOP_ALGORITHMS)}"'

log = structlog.get_logger(__name__)


async def proven_thumbprint(request: PlainRequest, wiring: Wiring, *, access_token: str | None = None) -> str | None:
    """The thumbprint of the key that the request's proof shows, or None where there is no proof.

    With `access_token` the request is one for a resource. Raises `OAuthError`: invalid_dpop_proof, use_dpop_nonce.
    """
    headers = request.headers_named(_HEADER)
    if not headers:
        return None
    now = wiring.clock.now()
    try:
        if len(headers) > 1:  # RFC 9449 §4.3: one header
            raise ProofRefused("several headers")  # noqa: TRY301 - one answer to all that is no proof
        proof = read_proof(
            headers[0], method=request.scope["method"], addresses=addresses_of(request.path, wiring.settings), now=now
        )
        _check_access_token(proof, access_token)
        _check_nonce(proof, wiring, now, at_resource=access_token is not None)
        await _spend(proof, wiring)
    except ProofRefused as error:
        log.info("dpop_proof_refused", reason=str(error), request_id=request.request_id)
        raise invalid_proof("The DPoP proof is not valid.", at_resource=access_token is not None) from error
    return proof.thumbprint


async def requested_thumbprint(request: PlainRequest, wiring: Wiring, dpop_jkt: str | None) -> str | None:
    """The key that the code of a pushed request will be bound to: by its own proof, or by `dpop_jkt` (RFC 9449 §10.1).

    Raises `OAuthError` where the two name different keys.
    """
    proven = await proven_thumbprint(request, wiring)
    if proven is not None and dpop_jkt not in {None, proven}:
        raise invalid_proof("dpop_jkt is not the key of the DPoP proof.", at_resource=False)
    return proven or dpop_jkt


def nonce_for_next(request: PlainRequest, wiring: Wiring) -> dict[str, str]:
    """RFC 9449 §8.2: the header that tells a sender of proofs which nonce its next one has to name."""
    if wiring.settings.dpop_nonce is DpopNonce.OFF or not request.headers_named(_HEADER):
        return {}
    return {"DPoP-Nonce": current_nonce(wiring.master_keys, wiring.clock.now())}


def invalid_proof(description: str, *, at_resource: bool) -> OAuthError:
    if not at_resource:
        return OAuthError(ErrorCode.INVALID_DPOP_PROOF, description)
    headers = {"WWW-Authenticate": dpop_challenge(ErrorCode.INVALID_DPOP_PROOF, description)}
    return OAuthError(ErrorCode.INVALID_DPOP_PROOF, description, status=401, headers=headers)


def dpop_challenge(error: ErrorCode | None = None, description: str = "") -> str:
    """RFC 9449 §7.1: the value of `WWW-Authenticate`. `description` is text of ours, without quotes."""
    stated = f'error="{error}", error_description="{description}", ' if error is not None else ""
    return f"DPoP {stated}{_ALGORITHMS}"


def _check_access_token(proof: Proof, access_token: str | None) -> None:
    """RFC 9449 §4.3: a proof for a resource goes with one access token."""
    if access_token is not None and proof.access_token_hash != access_token_hash(access_token):
        raise ProofRefused("ath")


def _check_nonce(proof: Proof, wiring: Wiring, now: int, *, at_resource: bool) -> None:
    keys = wiring.master_keys
    if wiring.settings.dpop_nonce is DpopNonce.OFF or (proof.nonce is not None and is_fresh(keys, proof.nonce, now)):
        return
    headers, description = {"DPoP-Nonce": current_nonce(keys, now)}, "Use the nonce of the header DPoP-Nonce."
    if at_resource:
        headers["WWW-Authenticate"] = dpop_challenge(ErrorCode.USE_DPOP_NONCE, description)
    status = 401 if at_resource else 400  # RFC 9449 §8, §9
    raise OAuthError(ErrorCode.USE_DPOP_NONCE, description, status=status, headers=headers)


async def _spend(proof: Proof, wiring: Wiring) -> None:
    """RFC 9449 §11.1: on every node, and after a restart, for as long as the proof's time would let it pass."""
    async with wiring.database.writing() as db:
        is_first = await replay.spend(
            db,
            _KIND,
            f"{proof.thumbprint}\n{proof.token_id}",
            expires_at=proof.issued_at + OLDEST + MOST_AHEAD,
        )
    if not is_first:
        raise ProofRefused("shown before")
