"""`response_mode`: what exists, fits the response type, and is registered for the client."""

import pytest

from tests.support.calls import answer_to
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.responses import registered_for_all

KNOWN = ("query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt")
INVENTED = ("web_message", "QUERY", "query fragment", "jwt.query", "token", "none")


@pytest.mark.requirement("AZ-08")
async def test_known_modes_work_and_invented_ones_do_not(rp: RelyingParty) -> None:
    """The refusal of a mode goes the default way of the response type."""
    assert {mode: await answer_to(rp, response_mode=mode) for mode in KNOWN} == dict.fromkeys(KNOWN, "/login")
    refused = dict.fromkeys(INVENTED, "invalid_request")
    assert {mode: await answer_to(rp, response_mode=mode) for mode in INVENTED} == refused


@pytest.mark.requirement("AZ-08")
async def test_no_token_may_travel_in_a_query(provider: Provider) -> None:
    """Neither plain nor signed (JARM §2.3.1); a code alone may."""
    rp = await registered_for_all(provider)
    for response_type in ("id_token", "id_token token", "code id_token", "code token", "code id_token token"):
        for mode in ("query", "query.jwt"):
            assert await answer_to(rp, response_type=response_type, response_mode=mode) == "invalid_request"


@pytest.mark.requirement("AZ-08")
async def test_a_client_may_be_held_to_some_modes(provider: Provider) -> None:
    """Those that it registered and no other; the default needs no registration."""
    rp = RelyingParty(provider, await provider.client(response_modes=["form_post", "jwt"]))
    wanted = {mode: "/login" if mode in {"form_post", "jwt"} else "invalid_request" for mode in KNOWN}
    assert {mode: await answer_to(rp, response_mode=mode) for mode in KNOWN} == wanted
    assert await answer_to(rp) == "/login"


async def test_a_form_goes_to_web_addresses_only(provider: Provider) -> None:
    """An application's private scheme takes no form."""
    client = await provider.client("native", application_type="native", redirect_uris=["com.example.app:/cb"])
    rp = RelyingParty(provider, client)
    assert await answer_to(rp, response_mode="fragment") == "/login"
    for mode in ("form_post", "form_post.jwt"):
        answer = await answer_to(rp, response_mode=mode)
        assert answer not in {"/login", "page"}
