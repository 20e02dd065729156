"""`claims`: single claims, bounded in size (OIDC Core §5.5)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.claims_request import ClaimsRequest


def check_claims(asked: Asked) -> Mapping[str, Any]:
    return {"claims": ClaimsRequest.parse(asked.get("claims"))}
