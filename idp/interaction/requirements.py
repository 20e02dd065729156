"""What the login of one flow must establish: a level (`acr`) and how fresh it must be."""

from dataclasses import dataclass

from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.sessions.evidence import Proof


@dataclass(frozen=True, slots=True)
class Freshness:
    """`since` is a NumericDate; `within_flow` demands a proof given in this very flow or after it began."""

    since: int
    flow_id: str
    within_flow: bool

    def accepts(self, proof: Proof | None) -> bool:
        if proof is None:
            return False
        if self.within_flow:
            # A proof of the same second as the start counts only if it was given in this flow.
            return proof.at > self.since or (proof.at == self.since and proof.flow_id == self.flow_id)
        return proof.at >= self.since


def required_freshness(flow: Flow, facts: Facts) -> Freshness | None:
    """OIDC Core §3.1.2.1: `prompt=login` and `max_age` (where 0 is `prompt=login`), or the client's default_max_age.

    A page of our own that wants a fresh login says so in the flow.
    """
    if flow.request is None:
        since = flow.memo.get(Memo.FRESH_SINCE)
        return Freshness(int(since), flow.id, within_flow=False) if since else None
    if "login" in flow.request.prompt:
        return Freshness(flow.started_at, flow.id, within_flow=True)
    max_age = flow.request.max_age
    if max_age is None and facts.client is not None:
        max_age = facts.client.default_max_age
    if max_age is None:
        return None
    return Freshness(flow.started_at - max_age, flow.id, within_flow=max_age == 0)


def needs_password(flow: Flow, facts: Facts) -> bool:
    """Whether the password has to be asked for: nobody is signed in, or the login is not fresh enough."""
    if facts.session is None or facts.session.evidence.password is None:
        return True
    freshness = required_freshness(flow, facts)
    if freshness is None:
        return False
    evidence = facts.session.evidence
    newest = evidence.otp or evidence.password
    return not (freshness.accepts(newest) or freshness.accepts(evidence.password))


def needs_otp(flow: Flow, facts: Facts) -> bool:
    """An account with OTP is asked for it at every login; after a fresh password, for a fresh one."""
    if not facts.has_otp or facts.session is None:
        return False
    otp = facts.session.evidence.otp
    if otp is None:
        return True
    freshness = required_freshness(flow, facts)
    return freshness is not None and not freshness.accepts(otp)


def wants_otp_level(flow: Flow, facts: Facts) -> bool:
    """Whether the client asks for what only OTP reaches (`acr_values`, an essential `acr`, its default), or we do."""
    if flow.request is None:
        return False
    if facts.account is not None and facts.account.otp_demanded_at is not None:
        return True  # MF-20
    levels = facts.rules.levels
    default = facts.client.default_acr_values if facts.client is not None else ()
    wanted = levels.requested(flow.request.acr_values or default, flow.request.claims).values
    # `acr_values` is in order of preference (OIDC Core §3.1.2.1): the first that exists here is what to aim for.
    return levels.preferred(wanted) == levels.otp
