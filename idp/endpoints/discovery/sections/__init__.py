"""One file per feature: what it adds to the metadata. A feature that is switched off adds nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.endpoints.discovery.sections.authorization import authorization
from idp.endpoints.discovery.sections.authorization_details import authorization_details
from idp.endpoints.discovery.sections.authorization_request import authorization_request
from idp.endpoints.discovery.sections.backchannel_authentication import backchannel_authentication
from idp.endpoints.discovery.sections.claims import claims
from idp.endpoints.discovery.sections.client_registration import client_registration
from idp.endpoints.discovery.sections.device_authorization import device_authorization
from idp.endpoints.discovery.sections.introspection import introspection
from idp.endpoints.discovery.sections.logout import logout
from idp.endpoints.discovery.sections.provider import provider
from idp.endpoints.discovery.sections.request_objects import request_objects
from idp.endpoints.discovery.sections.sender_constraint import sender_constraint
from idp.endpoints.discovery.sections.token_endpoint import token_endpoint
from idp.endpoints.discovery.sections.tokens import tokens
from idp.endpoints.discovery.sections.user_agent_binding import user_agent_binding
from idp.endpoints.discovery.sections.userinfo import userinfo
from idp.wiring import Wiring

Section = Callable[[Wiring], Mapping[str, Any]]

SECTIONS: tuple[Section, ...] = (
    provider,
    authorization,
    authorization_request,
    request_objects,
    authorization_details,
    token_endpoint,
    tokens,
    sender_constraint,
    introspection,
    userinfo,
    claims,
    client_registration,
    user_agent_binding,
    logout,
    device_authorization,
    backchannel_authentication,
)
