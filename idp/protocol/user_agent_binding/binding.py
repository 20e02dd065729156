"""What a session or a grant remembers of its browser, and the rule that later requests are compared by.

    off, unbound    pass
    no header       is a change
    identical       passes
    stable          same family, platform and device class, and a version that did not go back; an unknown agent never
    product         same first product
    exact           nothing else

The hot path evaluates the same rule in SQL over the same columns: a change here is a change there.
"""

import hmac
from enum import StrEnum
from typing import NamedTuple

from idp.protocol.user_agent_binding.agent import PARSER_VERSION, UserAgent, product_name, read_user_agent
from idp.sealing import base64url


class BindingMode(StrEnum):
    """How closely later requests must resemble the first."""

    EXACT = "exact"
    STABLE = "stable"
    OFF = "off"  # by policy: not checked
    PRODUCT = "product"  # native apps and devices
    UNBOUND = "unbound"  # the client never said which browser it serves


class Binding(NamedTuple):
    """The remembered browser: one column for each field, `version` being the floor."""

    mode: BindingMode
    raw: str
    family: str
    platform: str
    device_class: str
    version: int
    parser: str


def bind(mode: BindingMode, agent: UserAgent | None) -> Binding:
    """Remembers the agent. Without one, a mode that checks will let nobody pass: no header at all is a change."""
    if agent is None:
        mode = BindingMode.EXACT if mode is BindingMode.PRODUCT else mode
        return Binding(mode, raw="", family="", platform="", device_class="", version=0, parser=PARSER_VERSION)
    if mode is BindingMode.PRODUCT:
        return _bind_product(agent)
    return Binding(
        mode, agent.raw, agent.family, agent.platform, agent.device_class, version=agent.version, parser=agent.parser
    )


def is_same_browser(binding: Binding, presented: UserAgent | None) -> bool:
    """Whether the request may go on as the browser that was bound."""
    if binding.mode in {BindingMode.OFF, BindingMode.UNBOUND}:
        return True
    if presented is None:
        return False
    if presented.raw == binding.raw:
        return True
    if binding.mode is BindingMode.STABLE:
        return _is_update(binding, presented)
    return binding.mode is BindingMode.PRODUCT and binding.family == product_name(presented.raw)


def raised(binding: Binding, presented: UserAgent | None) -> Binding:
    """The binding after a request that passed: a newer version becomes the floor."""
    if binding.mode is not BindingMode.STABLE or presented is None or presented.version <= binding.version:
        return binding
    return bind(binding.mode, presented) if _is_update(binding, presented) else binding


def reparsed(binding: Binding) -> Binding:
    """The binding as today's parser reads its string; the same object where nothing has changed since."""
    if binding.parser == PARSER_VERSION:
        return binding
    if binding.mode is BindingMode.PRODUCT:
        return binding._replace(parser=PARSER_VERSION)
    return bind(binding.mode, read_user_agent(binding.raw))


def ua_binding_claim(binding: Binding, client_key: bytes) -> dict[str, str]:
    """The claim `ua_binding`: the mode, and a digest that survives updates.

    The key differs from client to client, so that two relying parties cannot recognise a person by it.
    """
    claim = {"mode": str(binding.mode)}
    if binding.mode not in {BindingMode.OFF, BindingMode.UNBOUND}:
        claim["digest"] = base64url(hmac.digest(client_key, _identity(binding).encode(), "sha256"))
    return claim


def _is_update(binding: Binding, presented: UserAgent) -> bool:
    return (
        binding.family != ""
        and presented.family == binding.family
        and presented.platform == binding.platform
        and presented.device_class == binding.device_class
        and presented.version >= binding.version
    )


def _bind_product(agent: UserAgent) -> Binding:
    name = product_name(agent.raw)
    if not name:  # nothing to recognise it by, so it must be identical
        return bind(BindingMode.EXACT, agent)
    return Binding(
        BindingMode.PRODUCT, agent.raw, family=name, platform="", device_class="", version=0, parser=agent.parser
    )


def _identity(binding: Binding) -> str:
    if binding.mode is BindingMode.EXACT or not binding.family:
        return f"raw\n{binding.raw}"
    return f"{binding.mode}\n{binding.family}\n{binding.platform}\n{binding.device_class}"
