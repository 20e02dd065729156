"""Whether a request comes from the browser that logged in, told by its User-Agent header.

A header is read into its parts (`agent`, `families`), a login remembers them (`binding`), and every later use of the
session or the grant is compared with what was remembered. A User-Agent is easily copied: this is a tripwire that
stops the careless thief, not proof of possession.

May import: sealing.
"""

from idp.protocol.user_agent_binding.agent import (
    PARSER_VERSION,
    UserAgent,
    product_name,
    read_user_agent,
    single_header,
)
from idp.protocol.user_agent_binding.binding import (
    Binding,
    BindingMode,
    bind,
    is_same_browser,
    raised,
    reparsed,
    ua_binding_claim,
)

__all__ = [
    "PARSER_VERSION",
    "Binding",
    "BindingMode",
    "UserAgent",
    "bind",
    "is_same_browser",
    "product_name",
    "raised",
    "read_user_agent",
    "reparsed",
    "single_header",
    "ua_binding_claim",
]
