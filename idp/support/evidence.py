"""What has to be on the table before anybody may approve a case, by kind (F7, F9)."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from idp.support.case import CaseKind


class EvidenceItem(StrEnum):
    """One thing that was received. The phone code alone is received from the customer, never noted by an operator."""

    SERVICE_NAMED = "service_named"
    OLD_ADDRESS = "old_address"
    NEW_ADDRESS = "new_address"
    PHONE_CODE = "phone_code"
    IDENTITY_DOCUMENTS = "identity_documents"
    SIGNED_DOCUMENTS = "signed_documents"  # certified signatures


# All of these, and of each any one.
CHECKLISTS: Mapping[CaseKind, tuple[frozenset[EvidenceItem], ...]] = MappingProxyType(
    {
        CaseKind.EMAIL_HINT: (frozenset({EvidenceItem.SERVICE_NAMED}),),
        CaseKind.OTP_DEACTIVATION: (frozenset({EvidenceItem.IDENTITY_DOCUMENTS, EvidenceItem.PHONE_CODE}),),
        CaseKind.LOGIN_EMAIL_CHANGE: (
            frozenset({EvidenceItem.OLD_ADDRESS}),
            frozenset({EvidenceItem.NEW_ADDRESS}),
            frozenset({EvidenceItem.PHONE_CODE}),
        ),
        CaseKind.NO_CHANNEL_LEFT: (frozenset({EvidenceItem.SIGNED_DOCUMENTS}),),
        CaseKind.GENERAL: (),
    }
)


def items_of(kind: CaseKind) -> frozenset[EvidenceItem]:
    """Everything that counts for this kind."""
    return frozenset().union(*CHECKLISTS[kind])


def missing_evidence(kind: CaseKind, received: Collection[EvidenceItem]) -> tuple[frozenset[EvidenceItem], ...]:
    """The lines of the checklist that nothing was received for; empty when it is complete."""
    return tuple(line for line in CHECKLISTS[kind] if line.isdisjoint(received))
