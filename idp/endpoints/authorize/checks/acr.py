"""`acr_values` and an essential `acr` claim: a level that nobody can reach here is an error, not a lesser login."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.acr import parse_acr_values
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.errors import ErrorCode, OAuthError


def check_acr(asked: Asked) -> Mapping[str, Any]:
    acr_values = parse_acr_values(asked.get("acr_values"))
    wanted = asked.levels.requested(acr_values, ClaimsRequest.parse(asked.get("claims")))
    aim = asked.levels.preferred(wanted.values)
    if wanted.essential and aim is None:
        raise OAuthError(ErrorCode.UNMET_AUTHENTICATION_REQUIREMENTS, "The level in acr does not exist here.")
    if aim is not None and asked.client.allowed_acr and aim not in asked.client.allowed_acr:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client may not ask for this level.")
    return {"acr_values": acr_values}
