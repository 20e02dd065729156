"""How a session ends here, and who hears of it."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def logout(wiring: Wiring) -> Mapping[str, Any]:
    """RP-Initiated Logout §2.1, Back-Channel Logout §2.1, Front-Channel Logout §3, Session Management §3.3."""
    members: dict[str, Any] = {
        "end_session_endpoint": f"{wiring.settings.issuer}/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    }
    if wiring.settings.session_management:
        members["check_session_iframe"] = f"{wiring.settings.issuer}/check-session"
    return members
