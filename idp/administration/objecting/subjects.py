"""Every subject an owner may object to, with its page and its consequence."""

from collections.abc import Mapping
from types import MappingProxyType

from idp.administration.objecting import case, otp_recovered
from idp.administration.objecting.subject import Subject
from idp.support.objections import ObjectionSubject

SUBJECTS: Mapping[ObjectionSubject, Subject] = MappingProxyType(
    {
        "case": Subject("objection_case.html", case.tell, case.act),
        "otp_recovered": Subject("objection_otp_recovered.html", otp_recovered.tell, otp_recovered.act),
    }
)
