"""`form_post`: a form of hidden fields that the browser sends to the redirect URI (Form Post Response Mode §2)."""

from collections.abc import Mapping

from idp.protocol.response_modes.mode import Delivery, ResponseMode


def by_form(redirect_uri: str, parameters: Mapping[str, str]) -> Delivery:
    return Delivery(redirect_uri, dict(parameters))


FORM_POST = ResponseMode("form_post", by_form, needs_web_address=True)
