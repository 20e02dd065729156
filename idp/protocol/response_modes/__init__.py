"""How the parameters of an authorization response reach the application; one file per mode, and one for JARM.

query, fragment             in the redirect URI (OAuth 2.0 Multiple Response Types §2.1)
form_post                   as a form that the browser sends (OAuth 2.0 Form Post Response Mode §2)
query.jwt, fragment.jwt, form_post.jwt, jwt       the same three with one signed parameter (JARM §2.3)
"""

from idp.protocol.response_modes.form_post import FORM_POST
from idp.protocol.response_modes.fragment import FRAGMENT
from idp.protocol.response_modes.jarm import FORM_POST_JWT, FRAGMENT_JWT, QUERY_JWT, SHORT_NAME
from idp.protocol.response_modes.mode import Delivery, ResponseMode
from idp.protocol.response_modes.query import QUERY
from idp.protocol.response_types import brings_tokens

__all__ = [
    "RESPONSE_MODES",
    "RESPONSE_MODE_NAMES",
    "Delivery",
    "ResponseMode",
    "default_mode",
    "find_mode",
    "mode_of_answer",
]

RESPONSE_MODES: tuple[ResponseMode, ...] = (QUERY, FRAGMENT, FORM_POST, QUERY_JWT, FRAGMENT_JWT, FORM_POST_JWT)
RESPONSE_MODE_NAMES: tuple[str, ...] = (*(mode.name for mode in RESPONSE_MODES), SHORT_NAME)


def default_mode(response_type: str) -> ResponseMode:
    """OAuth 2.0 Multiple Response Types §5: the fragment as soon as a token is asked for."""
    return FRAGMENT if brings_tokens(response_type) else QUERY


def find_mode(name: str | None, response_type: str) -> ResponseMode | None:
    """The mode that a request names, or the default one; None for what does not exist or may not carry tokens."""
    if name is None:
        return default_mode(response_type)
    if name == SHORT_NAME:
        # JARM §2.3.4: the default encoding of the response type, as a JWT.
        return FRAGMENT_JWT if brings_tokens(response_type) else QUERY_JWT
    mode = next((mode for mode in RESPONSE_MODES if mode.name == name), None)
    if mode is not None and mode.shows_in_logs and brings_tokens(response_type):
        # OAuth 2.0 Multiple Response Types §5, JARM §2.3.1: no token in a query.
        return None
    return mode


def mode_of_answer(name: str | None, response_type: str) -> ResponseMode:
    """Errors go the way that success would; where the request names none that it may use, the default way."""
    return find_mode(name, response_type) or default_mode(response_type)
