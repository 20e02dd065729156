"""Builds the grant of a finished conversation: what the session has proven, what was asked, what the client may get."""

from idp.clients.client import Client
from idp.grants.grant import Grant, GrantState
from idp.interaction.flow import Flow
from idp.protocol.confirmation import Confirmation
from idp.protocol.response_types import ResponseType
from idp.protocol.scopes import OFFLINE_ACCESS, OPENID
from idp.protocol.user_agent_binding import BindingMode, UserAgent, bind
from idp.sealing import new_id
from idp.sessions.session import BrowserSession
from idp.wiring import Wiring


def new_grant(wiring: Wiring, flow: Flow, client: Client, session: BrowserSession, *, agent: UserAgent | None) -> Grant:
    """A grant that waits for its redemption, or is active where no code comes back; `flow` has a request."""
    request, settings, now = flow.request, wiring.settings, wiring.clock.now()
    if request is None:
        raise LookupError("a grant answers a request")
    # Without a redirect the client redeems the grant itself, as it would a code.
    response_type = ResponseType(request.response_type or ResponseType.CODE)
    scope = granted_scope(request.scope, client)
    if not response_type.has_code:
        # OIDC Core §11: ignored where no code comes back.
        scope = tuple(value for value in scope if value != OFFLINE_ACCESS)
    wanted = wiring.levels.requested(request.acr_values or client.default_acr_values, request.claims).values
    mode = binding_mode(client, settings.user_agent_policy.value)
    offline = OFFLINE_ACCESS in scope
    return Grant(
        id=new_id(),
        flow_id=flow.id,
        state=GrantState.CODE if response_type.has_code else GrantState.ACTIVE,
        client_id=client.client_id,
        account_id=session.account_id,
        session_id=session.id,
        scope=scope,
        claims_request=request.claims.to_json(),
        audience=_audience(settings.issuer, client, request.resources, scope),
        nonce=request.nonce,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        auth_time=session.evidence.auth_time,
        acr=wiring.levels.reported(session.evidence.acr(wiring.levels), wanted),
        amr=session.evidence.amr,
        has_refresh_token=response_type.has_code and _has_refresh_token(client, offline=offline),
        survives_logout=offline,
        binding=bind(mode, agent),
        ua_required=False,
        generation=0,
        created_at=now,
        code_expires_at=now + _code_lifetime(client, int(settings.code_lifetime.total_seconds())),
        rotated_at=None,
        idle_expires_at=None,
        expires_at=now + int(settings.refresh_token_lifetime.total_seconds()),
        authorization_details=request.authorization_details,
        has_front_channel_token=response_type.has_access_token,
        sender=Confirmation(jkt=request.dpop_jkt),
    )


def _code_lifetime(client: Client, usual: int) -> int:
    longest = client.profile.longest_code_lifetime
    return usual if longest is None else min(usual, longest)


def granted_scope(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """AZ-23: what was asked for, as far as the client may have it."""
    return tuple(scope for scope in asked if scope in client.scope)


def binding_mode(client: Client, installation_policy: str) -> BindingMode:
    """The browser is remembered at the authorization; what becomes of it at the redemption is the client's kind."""
    if client.user_agent_binding == "off":
        return BindingMode.OFF
    return BindingMode(client.user_agent_policy or installation_policy)


def _has_refresh_token(client: Client, *, offline: bool) -> bool:
    may_have = ("always", OFFLINE_ACCESS) if offline else ("always",)
    return client.allows_grant_type("refresh_token") and client.issue_refresh_token in may_have


def _audience(issuer: str, client: Client, asked: tuple[str, ...], scope: tuple[str, ...]) -> tuple[str, ...]:
    """RFC 9068 §3: every access token says whom it is for; with `openid` also our own UserInfo endpoint.

    Without `resource` that is all of the client's audience. A token request may narrow it further (RFC 8707 §2.2).
    """
    of_others = tuple(resource for resource in asked or client.audience if resource != issuer)
    own = (issuer,) if OPENID in scope or issuer in asked or not of_others else ()
    return (*of_others, *own)
