"""Request objects with a good signature and hostile claims, at both endpoints that read them."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.fuzz.back_channel import JSON_VALUES, PARAMETERS, hostile_jwts
from tests.fuzz.conftest import Target
from tests.fuzz.test_back_channel import check, fuzzed
from tests.support.asgi import call, http_scope
from tests.support.calls import basic
from tests.support.client_keys import ClientKey
from tests.support.relying_party import RelyingParty

_HOST, _FORM = ("host", "localhost:8000"), ("content-type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def signer(target: Target) -> tuple[RelyingParty, ClientKey]:
    """A client whose request objects are read."""
    key = ClientKey.generate()
    return RelyingParty(target.provider, target.run(target.provider.client("signer", jwks=key.jwks))), key


@pytest.mark.requirement("RM-05", "OT-13", "AZ-21")
@fuzzed
@given(data=st.data())
def test_no_request_object_breaks_anything(
    target: Target, signer: tuple[RelyingParty, ClientKey], data: st.DataObject
) -> None:
    """Any parameter as any JSON value: /par answers in the protocol's JSON, /authorize by a redirect or a page."""
    rp, key = signer
    claims = dict(parse_qsl(urlsplit(rp.authorization_url()).query))
    hostile = data.draw(st.dictionaries(st.sampled_from(PARAMETERS), JSON_VALUES, max_size=3))
    jwt = data.draw(hostile_jwts(key, claims | hostile))
    note(jwt)
    outside = data.draw(
        st.dictionaries(st.sampled_from(["state", "scope", "redirect_uri", "x"]), st.text(), max_size=2)
    )
    readable = {name: value.encode("utf-8", "ignore").decode() for name, value in outside.items()}
    fields = urlencode({**readable, "client_id": rp.client.id, "request": jwt})
    headers = [_HOST, _FORM, basic(rp.client.id, rp.client.secret)]
    check("POST", target.run(call(target.provider.app, http_scope("POST", "/par", headers), [fields.encode()])))
    shown = target.run(call(target.provider.app, http_scope("GET", f"/authorize?{fields}", [_HOST]), [b""]))
    note(f"{shown.status} {shown.header('location')}")
    assert shown.status in {303, 400, 414}
