"""What a person has proven in a session, when, and in which flow: the source of `acr`, `amr` and `auth_time`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from idp.protocol.acr import AcrLevels


class Factor(StrEnum):
    """Names of RFC 8176 §2."""

    PASSWORD = "pwd"  # noqa: S105 - a method's name
    OTP = "otp"


@dataclass(frozen=True, slots=True)
class Proof:
    """One factor, proven at a moment, in a flow (empty outside of one)."""

    at: int
    flow_id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest proof of each factor. OTP is always proven after the password."""

    password: Proof | None = None
    otp: Proof | None = None

    def proven(self, factor: Factor, *, at: int, flow_id: str) -> Self:
        """This evidence with a newer proof of the factor."""
        proof = Proof(at, flow_id)
        return replace(self, password=proof) if factor is Factor.PASSWORD else replace(self, otp=proof)

    def without_otp(self) -> Self:
        return replace(self, otp=None)

    @property
    def auth_time(self) -> int:
        """OIDC Core §2: when the level in `acr` was last reached. A password typed again does not renew an OTP."""
        if self.otp is not None:
            return self.otp.at
        return self.password.at if self.password is not None else 0

    @property
    def amr(self) -> tuple[str, ...]:
        """RFC 8176 §2; `mfa` says that both factors were needed and given."""
        if self.otp is not None:
            return (Factor.PASSWORD, Factor.OTP, "mfa")
        return (Factor.PASSWORD,) if self.password is not None else ()

    def acr(self, levels: AcrLevels) -> str:
        return levels.otp if self.otp is not None else levels.password

    def to_json(self) -> dict[str, Any]:
        proofs = {Factor.PASSWORD: self.password, Factor.OTP: self.otp}
        return {factor.value: {"at": proof.at, "flow": proof.flow_id} for factor, proof in proofs.items() if proof}

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, Any]]) -> Self:
        proofs = {factor: Proof(int(proof["at"]), str(proof["flow"])) for factor, proof in value.items()}
        return cls(password=proofs.get(Factor.PASSWORD), otp=proofs.get(Factor.OTP))
