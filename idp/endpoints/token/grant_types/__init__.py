"""The grant types, one file each. A new one is a new line here, and in discovery by that."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from idp.clients.backchannel_authentication import CIBA
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.endpoints.token.grant_types.authorization_code import authorization_code
from idp.endpoints.token.grant_types.ciba import ciba
from idp.endpoints.token.grant_types.client_credentials import client_credentials
from idp.endpoints.token.grant_types.device_code import device_code
from idp.endpoints.token.grant_types.jwt_bearer import jwt_bearer
from idp.endpoints.token.grant_types.refresh_token import refresh_token
from idp.endpoints.token.grant_types.token_exchange import token_exchange
from idp.endpoints.token.request import TokenRequest

GrantType = Callable[[TokenRequest], Awaitable[dict[str, Any]]]

GRANT_TYPES: Mapping[str, GrantType] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "client_credentials": client_credentials,
    TOKEN_EXCHANGE: token_exchange,
    JWT_BEARER: jwt_bearer,
    DEVICE_CODE: device_code,
    CIBA: ciba,
}
