"""Where an approval leads: the state machine of `case.py` as one function of what the case is."""

from idp.support.case import Case, CaseKind, CaseStatus


def after_approval(case: Case) -> CaseStatus | None:
    """The next status; None where nobody can approve any more."""
    if case.status not in {CaseStatus.OPEN, CaseStatus.NEEDS_SECOND}:
        return None
    if not case.weakens_account:
        return CaseStatus.DONE
    if case.phone_authorised_at is not None and case.kind is not CaseKind.NO_CHANNEL_LEFT:
        return CaseStatus.DONE
    return CaseStatus.NEEDS_SECOND if case.status is CaseStatus.OPEN else CaseStatus.HOLDING


def asks_for_second_person(case: Case) -> bool:
    """Whether whoever approves now must be another person than those who brought the case so far."""
    if case.status is CaseStatus.NEEDS_SECOND:
        return True
    # The phone stands for the first approval; of a new login email a second operator still confirms (F7.3).
    return case.kind is CaseKind.LOGIN_EMAIL_CHANGE and after_approval(case) is CaseStatus.DONE
