"""The conditional statements of a grant's life, built once.

Each states everything that must hold in its WHERE and answers with the row, so that a parallel request, a lock, a
logout or a replay cannot slip between a test and its effect. The tables of accounts and sessions are named by their
columns only: a noun does not import its neighbours.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    Update,
    and_,
    bindparam,
    case,
    column,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import (
    table as table_named,
)

from idp.database.user_agent_columns import USER_AGENT_COLUMNS
from idp.grants.grant import GrantState
from idp.grants.table import grants, is_active, is_unredeemed, revoked_access_tokens
from idp.protocol.user_agent_binding import BindingMode

_accounts = table_named("accounts", column("id", String), column("status", String))
_sessions = table_named(
    "browser_sessions",
    column("id", String),
    column("status", String),
    column("expires_at", BigInteger),
    column("idle_expires_at", BigInteger),
)

_NOW = bindparam("now", type_=BigInteger)
_SENDER_JKT = bindparam("sender_jkt", type_=String)
_SENDER_X5T_S256 = bindparam("sender_x5t_s256", type_=String)
_HAS_AGENT = bindparam("has_agent", type_=Boolean)
_RAW = bindparam("agent_raw", type_=Text)
_FAMILY = bindparam("agent_family", type_=String)
_PLATFORM = bindparam("agent_platform", type_=String)
_DEVICE_CLASS = bindparam("agent_device_class", type_=String)
_VERSION = bindparam("agent_version", type_=Integer)
_PRODUCT = bindparam("agent_product", type_=String)
_PARSER = bindparam("agent_parser", type_=String)


def account_is_active(account_id: ColumnElement[str]) -> ColumnElement[bool]:
    return exists(select(1).where(_accounts.c.id == account_id, _accounts.c.status == "active"))


def session_is_alive(session_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Not ended, and not older than a session may get. Idleness ends pages, not the tokens of an application in use."""
    return exists(
        select(1).where(_sessions.c.id == session_id, _sessions.c.status == "active", _sessions.c.expires_at > _NOW)
    )


def _off_index(column: ColumnElement[str]) -> ColumnElement[str]:
    """The same value, which no index knows: a grant is found by its key.

    An index of few entries looks cheaper to PostgreSQL, which believes for a minute, or until it looks again, that a
    client has one grant, or that there is no code: then each refresh and each redemption reads all there are.
    """
    return column.concat(literal_column("''"))


def _same_browser() -> ColumnElement[bool]:
    """The rule of `protocol.user_agent_binding.is_same_browser`, in SQL. A test compares the two over a corpus."""
    stable = and_(
        grants.c.ua_mode == BindingMode.STABLE,
        grants.c.ua_family != "",
        grants.c.ua_family == _FAMILY,
        grants.c.ua_platform == _PLATFORM,
        grants.c.ua_device_class == _DEVICE_CLASS,
        grants.c.ua_version <= _VERSION,
    )
    product = and_(grants.c.ua_mode == BindingMode.PRODUCT, grants.c.ua_family != "", grants.c.ua_family == _PRODUCT)
    return or_(
        grants.c.ua_mode == BindingMode.OFF,
        grants.c.ua_mode == BindingMode.UNBOUND,
        and_(_HAS_AGENT, or_(grants.c.ua_raw == _RAW, stable, product)),
    )


def _raised_floor() -> dict[str, ColumnElement[object]]:
    """What was seen becomes the new floor; the other modes keep what they were bound to."""
    is_stable = grants.c.ua_mode == BindingMode.STABLE
    seen = {
        "ua_raw": _RAW,
        "ua_family": _FAMILY,
        "ua_platform": _PLATFORM,
        "ua_device_class": _DEVICE_CLASS,
        "ua_version": _VERSION,
        "ua_parser": _PARSER,
    }
    return {name: case((is_stable, value), else_=grants.c[name]) for name, value in seen.items()}


def _same_sender() -> ColumnElement[bool]:
    """Whoever holds the key, or the certificate, to which the grant is bound (RFC 9449 §5, §10; RFC 8705 §4)."""
    return and_(
        or_(grants.c.dpop_jkt.is_(None), grants.c.dpop_jkt == _SENDER_JKT),
        or_(grants.c.x5t_s256.is_(None), grants.c.x5t_s256 == _SENDER_X5T_S256),
    )


_may_live = and_(
    account_is_active(grants.c.account_id),
    or_(grants.c.survives_logout, session_is_alive(grants.c.session_id)),
    grants.c.expires_at > _NOW,
)

_redeemable = and_(
    grants.c.id == bindparam("given_grant_id"),
    _off_index(grants.c.state) == GrantState.CODE,
    _off_index(grants.c.client_id) == bindparam("given_client_id"),
    grants.c.redirect_uri == bindparam("given_redirect_uri"),
    # A challenge needs its verifier, and a verifier without a challenge is a downgrade (RFC 9700 §4.8.2).
    grants.c.code_challenge.is_not_distinct_from(bindparam("given_code_challenge", type_=String)),
    grants.c.code_expires_at > _NOW,
    _same_sender(),
    account_is_active(grants.c.account_id),
    session_is_alive(grants.c.session_id),
)
_redeemed = {
    "state": GrantState.ACTIVE.value,
    "generation": 1,
    "redeemed_at": _NOW,
    "idle_expires_at": bindparam("new_idle_expires_at", type_=BigInteger),
    "ua_required": bindparam("new_ua_required", type_=Boolean),
    "dpop_jkt": _SENDER_JKT,
    "x5t_s256": _SENDER_X5T_S256,
}

# The code is redeemed by the browser that asked for it.
REDEEM_BOUND: Update = (
    update(grants).where(_redeemable, _same_browser()).values(**_redeemed, **_raised_floor()).returning(grants)
)
# The client does not pass the browser's name on: the grant is unbound, and says so.
REDEEM_UNBOUND: Update = (
    update(grants).where(_redeemable).values(**_redeemed, ua_mode=BindingMode.UNBOUND.value).returning(grants)
)
# A native application is known by its own product name from now on.
REDEEM_AS_PRODUCT: Update = (
    update(grants)
    .where(_redeemable, _HAS_AGENT)
    .values(**_redeemed, ua_mode=BindingMode.PRODUCT.value, ua_raw=_RAW, ua_family=_PRODUCT)
    .returning(grants)
)

ROTATE: Update = (
    update(grants)
    .where(
        grants.c.id == bindparam("given_grant_id"),
        grants.c.state == GrantState.ACTIVE,
        _off_index(grants.c.client_id) == bindparam("given_client_id"),
        grants.c.generation == bindparam("given_generation", type_=Integer),
        grants.c.has_refresh_token,
        or_(~grants.c.survives_logout, bindparam("offline_allowed", type_=Boolean)),
        or_(~grants.c.ua_required, bindparam("agent_given", type_=Boolean)),
        grants.c.idle_expires_at > _NOW,
        _may_live,
        _same_browser(),
        # RFC 9449 §5: the refresh tokens of a client that proves itself are its own already.
        or_(bindparam("sender_may_change", type_=Boolean), _same_sender()),
    )
    .values(
        # 0 where refresh tokens are not rotated (FAPI 2.0 Security Profile §5.3.2.1): the same one is minted again.
        generation=grants.c.generation + bindparam("generations_on", type_=Integer),
        rotated_at=_NOW,
        idle_expires_at=bindparam("new_idle_expires_at", type_=BigInteger),
        **_raised_floor(),
    )
    .returning(grants)
)

# The newest live grant of one login of a client: an ID token names the login, not the grant.
LIVE_GRANT_OF_LOGIN: Select[Any] = (
    select(grants)
    .where(
        grants.c.session_id == bindparam("given_session_id"),
        grants.c.client_id == bindparam("given_client_id"),
        grants.c.acr == bindparam("given_acr"),
        is_active,
        _may_live,
    )
    .order_by(grants.c.created_at.desc(), grants.c.id)
    .limit(1)
)

# The grant of `given_grant_id`, if it may still answer `now`. A hybrid flow has handed out an access token beside the
# code, whatever becomes of that (OIDC Core §3.3.3.8). The states are literals: with parameters SQLite may plan a join
# for one partial index or another, and compiles it anew at every execution (73 µs instead of 7).
IS_LIVE_GRANT: ColumnElement[bool] = and_(
    grants.c.id == bindparam("given_grant_id"),
    or_(is_active, and_(is_unredeemed, grants.c.has_front_channel_token)),
    _may_live,
)
# As it stands: for the retry of a refresh.
LIVE_GRANT: Select[Any] = select(grants).where(IS_LIVE_GRANT)
# And in short, for whoever is asked about a token (`grants.grant.LiveGrant`).
LIVE_GRANT_IN_SHORT: Select[Any] = select(
    grants.c.id,
    grants.c.client_id,
    grants.c.account_id,
    grants.c.session_id,
    grants.c.scope,
    grants.c.has_refresh_token,
    *(grants.c[name] for name in USER_AGENT_COLUMNS),
    grants.c.generation,
    grants.c.idle_expires_at,
    grants.c.expires_at,
).where(IS_LIVE_GRANT)

# Whether one access token was taken back, whose grant lives on or which has none.
REVOKED_TOKEN: Select[Any] = select(revoked_access_tokens.c.jti).where(
    revoked_access_tokens.c.jti == bindparam("given_jti", type_=String)
)
