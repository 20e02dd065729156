"""One file per parameter; each reads its own and answers the members of `AuthorizationRequest` that it vouches for.

A check raises `OAuthError`; the redirect URI is proven by then, so that the error goes to the client. The order is that
in which errors win.
"""

from collections.abc import Callable, Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks.acr import check_acr
from idp.endpoints.authorize.checks.authorization_details import check_authorization_details
from idp.endpoints.authorize.checks.claims import check_claims
from idp.endpoints.authorize.checks.claims_locales import check_claims_locales
from idp.endpoints.authorize.checks.display import check_display
from idp.endpoints.authorize.checks.dpop_jkt import check_dpop_jkt
from idp.endpoints.authorize.checks.hints import check_hints
from idp.endpoints.authorize.checks.max_age import check_max_age
from idp.endpoints.authorize.checks.nonce import check_nonce
from idp.endpoints.authorize.checks.pkce import check_pkce
from idp.endpoints.authorize.checks.profile import check_profile
from idp.endpoints.authorize.checks.prompt import check_prompt
from idp.endpoints.authorize.checks.pushed import check_pushed
from idp.endpoints.authorize.checks.registration import check_registration
from idp.endpoints.authorize.checks.resource import check_resource
from idp.endpoints.authorize.checks.response_mode import check_response_mode
from idp.endpoints.authorize.checks.response_type import check_response_type
from idp.endpoints.authorize.checks.scope import check_scope
from idp.endpoints.authorize.checks.signed import check_signed
from idp.endpoints.authorize.checks.ui_locales import check_ui_locales

Check = Callable[[Asked], Mapping[str, Any]]

CHECKS: tuple[Check, ...] = (
    check_registration,
    check_pushed,
    check_signed,
    check_profile,
    check_response_type,
    check_response_mode,
    check_pkce,
    check_scope,
    check_resource,
    check_authorization_details,
    check_nonce,
    check_prompt,
    check_max_age,
    check_claims,
    check_acr,
    check_hints,
    check_ui_locales,
    check_claims_locales,
    check_display,
    check_dpop_jkt,
)
