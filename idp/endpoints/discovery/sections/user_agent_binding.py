"""The User-Agent binding: our own members (`docs/user-agent-binding.md`)."""

from collections.abc import Mapping
from typing import Any

from idp.wiring import Wiring


def user_agent_binding(_: Wiring) -> Mapping[str, Any]:
    return {
        "user_agent_binding_parameter": "user_agent",
        "user_agent_binding_modes_supported": ["exact", "stable", "off"],
    }
