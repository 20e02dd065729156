"""Why a conditional statement found no row: pure decisions over the grant as it stands, and their consequences.

Only asked when a redemption or a rotation came back empty, never on the good path.
"""

from enum import Enum, auto

from idp.grants.grant import Grant, GrantState
from idp.grants.store import Redemption, Rotation
from idp.protocol.confirmation import Confirmation
from idp.protocol.user_agent_binding import BindingMode, is_same_browser, reparsed


class Refusal(Enum):
    """What to do about it. Everything but `INVALID` and `USER_AGENT_MISSING` has a consequence beyond the answer."""

    INVALID = auto()  # invalid_grant; nothing else happens
    USER_AGENT_MISSING = auto()  # invalid_request; the grant lives
    USER_AGENT_CHANGED = auto()  # the login is invalidated
    REPLAYED = auto()  # a second valid redemption: the grant ends (RFC 6749 §4.1.2)
    REUSED = auto()  # an old refresh token came back: the grant ends (RFC 9700 §4.14.2)
    RETRIED = auto()  # the last refresh, sent again within the grace: the same successor
    OUTDATED_BINDING = auto()  # a newer parser reads the stored browser otherwise: rebind and try again


def refused_redemption(grant: Grant | None, redemption: Redemption, *, now: int) -> Refusal:
    """Only a second redemption that is valid in everything else ends the grant; else anyone who saw a code could."""
    if grant is None or grant.client_id != redemption.client_id:
        return Refusal.INVALID
    if (grant.redirect_uri, grant.code_challenge) != (redemption.redirect_uri, redemption.code_challenge):
        return Refusal.INVALID
    if grant.state is GrantState.ACTIVE:
        return Refusal.REPLAYED
    if grant.state is GrantState.REVOKED or grant.code_expires_at <= now:
        return Refusal.INVALID
    if not is_same_sender(grant, redemption.sender):
        return Refusal.INVALID
    if redemption.becomes not in {BindingMode.UNBOUND, BindingMode.PRODUCT}:
        return _browser_refusal(grant, redemption) or Refusal.INVALID
    return Refusal.INVALID


def refused_rotation(grant: Grant | None, rotation: Rotation, *, now: int, grace: int) -> Refusal:
    """Distinguishes an honest retry from a stolen token by generation and time; `grace` is in seconds."""
    if grant is None or grant.client_id != rotation.client_id or grant.state is not GrantState.ACTIVE:
        return Refusal.INVALID
    if not grant.has_refresh_token or min(grant.expires_at, grant.idle_expires_at or 0) <= now:
        return Refusal.INVALID
    # Without the key a refresh token is worth nothing: its copy in other hands is no reason to end the grant.
    if not rotation.sender_may_change and not is_same_sender(grant, rotation.sender):
        return Refusal.INVALID
    behind = grant.generation - rotation.generation
    just_rotated = grant.rotated_at is not None and now - grant.rotated_at <= grace
    if behind > 0 and not just_rotated:
        return Refusal.REUSED
    # A generation from the future was never minted here; two behind within the grace is a tab that lost the race.
    if behind < 0 or behind > 1 or (behind == 1 and grace == 0):
        return Refusal.INVALID
    if grant.ua_required and not rotation.agent_given:
        return Refusal.USER_AGENT_MISSING
    return _browser_refusal(grant, rotation) or (Refusal.RETRIED if behind == 1 else Refusal.INVALID)


def is_same_sender(grant: Grant, sender: Confirmation) -> bool:
    """The rule of `statements`: every key that the grant is bound to is one that the sender holds."""
    return grant.sender.jkt in {None, sender.jkt} and grant.sender.x5t_s256 in {None, sender.x5t_s256}


def _browser_refusal(grant: Grant, request: Redemption | Rotation) -> Refusal | None:
    if is_same_browser(grant.binding, request.agent):
        return None
    newer = reparsed(grant.binding)
    if newer != grant.binding and is_same_browser(newer, request.agent):
        return Refusal.OUTDATED_BINDING
    return Refusal.USER_AGENT_CHANGED
