"""`prompt`: what the client wants the person to be asked (OIDC Core §3.1.2.1, Initiating User Registration §4)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.errors import ErrorCode, OAuthError

PROMPT_VALUES = ("none", "login", "consent", "select_account", "create")


def check_prompt(asked: Asked) -> Mapping[str, Any]:
    prompt = tuple(dict.fromkeys((asked.get("prompt") or "").split()))
    if not set(prompt) <= set(PROMPT_VALUES):
        raise OAuthError(ErrorCode.INVALID_REQUEST, "prompt has a value that is not supported.")
    if "none" in prompt and len(prompt) > 1:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "prompt=none stands alone.")
    return {"prompt": prompt}
