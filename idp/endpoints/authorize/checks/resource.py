"""`resource`: those of the client's audience that its access tokens are to be for (RFC 8707 §2.1)."""

from collections.abc import Mapping
from typing import Any

from idp.endpoints.authorize.asked import Asked
from idp.protocol.resources import check_target, read_resources


def check_resource(asked: Asked) -> Mapping[str, Any]:
    resources = read_resources(asked.get("resource"))
    check_target(resources, {*asked.client.audience, asked.issuer})
    return {"resources": resources}
