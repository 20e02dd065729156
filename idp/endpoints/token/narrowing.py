"""What a token request asks for, where that is less than was granted: scope, resources, authorization details.

Looked up before the code or the refresh token is used, so that a mistake costs none. A request that narrows nothing
costs no SELECT.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from idp.endpoints.token.request import TokenRequest
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.protocol.authorization_details import are_within, read_details
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.resources import check_target, read_resources
from idp.protocol.scopes import parse_scope

_NARROWS = ("resource", "authorization_details")
_NARROWS_WITH_SCOPE = ("scope", *_NARROWS)


class Narrowing(NamedTuple):
    """What is asked for; nothing stands for all of it."""

    scope: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()

    def of(self, grant: Grant) -> Grant:
        """The grant as this one token is to see it."""
        if self == NOTHING:
            return grant
        return grant._replace(
            audience=self.resources or grant.audience,
            authorization_details=self.details or grant.authorization_details,
        )


NOTHING = Narrowing()


def read_narrowing(request: TokenRequest, *, with_scope: bool = False) -> Narrowing:
    """Raises `OAuthError` for what is malformed, or beyond what the client may ask for at all."""
    form, client = request.form, request.client
    if form.keys().isdisjoint(_NARROWS_WITH_SCOPE if with_scope else _NARROWS):
        return NOTHING
    resources = read_resources(form.get("resource"))
    check_target(resources, {*client.audience, request.wiring.settings.issuer})
    return Narrowing(
        scope=parse_scope(form.get("scope")) if with_scope else (),
        resources=resources,
        details=read_details(
            form.get("authorization_details"),
            request.wiring.detail_types,
            allowed=client.authorization_details_types,
        ),
    )


async def check_narrowing(request: TokenRequest, narrowing: Narrowing, grant_id: str) -> None:
    """Raises `OAuthError` where more is asked for than the grant has."""
    if narrowing == NOTHING:
        return
    async with request.wiring.database.reading() as db:
        grant = await grants.find(db, grant_id)
    if grant is None or grant.client_id != request.client.client_id:
        return  # the statement that follows refuses it, in the words it has for every stranger's
    # RFC 6749 §6: less than was granted is fine.
    if not set(narrowing.scope) <= set(grant.scope) & set(request.client.scope):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "A scope was not granted to this client.")
    check_target(narrowing.resources, grant.audience)  # RFC 8707 §2.2
    if not are_within(narrowing.details, grant.authorization_details):
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, "A detail was not granted to this client.")
