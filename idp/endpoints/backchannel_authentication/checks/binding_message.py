"""`binding_message`: what both devices show, so that the person sees that they belong together (CIBA §7.1).

It is the client's own words on our page and in our mail: short, one line, and nothing that could pass for a link.
"""

import re
from collections.abc import Mapping
from typing import Any

from idp.endpoints.backchannel_authentication.asked import BackchannelAsked
from idp.protocol.errors import ErrorCode, OAuthError

_PLAIN = re.compile(r"[\w .,:;!?()#+*/&@€$%'\"=-]{1,100}")


def check_binding_message(asked: BackchannelAsked) -> Mapping[str, Any]:
    message = asked.get("binding_message")
    if message is not None and (_PLAIN.fullmatch(message) is None or "//" in message or not message.strip()):
        raise OAuthError(
            ErrorCode.INVALID_BINDING_MESSAGE,
            "binding_message has 1 to 100 letters, digits, spaces and plain punctuation, and no address.",
        )
    return {"binding_message": message}
