"""`acr_values`: as at the authorization endpoint (CIBA §7.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.endpoints.authorize.checks import acr as at_authorize
from idp.endpoints.backchannel_authentication.asked import BackchannelAsked


def check_acr(asked: BackchannelAsked) -> Mapping[str, Any]:
    values = {name: value for name in ("acr_values",) if (value := asked.get(name)) is not None}
    return at_authorize.check_acr(Asked(values, asked.client, asked.wiring.levels, read_hint=lambda _: None))
