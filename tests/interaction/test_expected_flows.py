"""A flow that this process has sealed is looked up when its page is asked for: it is the flow that opening makes."""

from unittest.mock import patch

import pytest

import idp.interaction.flow
from idp.interaction.flow import Flow, FlowBroken, FlowSealer
from idp.interaction.opening import flow_sealer
from idp.sealing import MasterKeys
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def keys() -> MasterKeys:
    return MasterKeys.from_text(MasterKeys.generate())


@pytest.fixture
def sealer(keys: MasterKeys) -> FlowSealer:
    return FlowSealer(keys, lifetime_seconds=60)


async def test_the_page_behind_the_redirect_opens_no_seal(browser: Browser, rp: RelyingParty) -> None:
    """It is opened when the page is loaded again."""
    with patch.object(MasterKeys, "open", autospec=True, side_effect=MasterKeys.open) as opened:
        page = await browser.open(rp.authorization_url())
        assert page.path == "/login"
        assert opened.call_count == 0
        await browser.open(page.url)
        assert opened.call_count == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"prompt": "login", "max_age": "0", "ui_locales": "cs en", "display": "popup"},
        {"claims": '{"userinfo": {"email": {"essential": true}}, "id_token": {"name": null}}'},
        {"login_hint": "lucie@wedos.cz", "acr_values": "a b"},
    ],
    ids=["plain", "prompts", "claims", "hint"],
)
async def test_it_is_the_flow_that_opening_makes(
    browser: Browser, provider: Provider, rp: RelyingParty, parameters: dict[str, str]
) -> None:
    """Equal in everything, types included: what another process makes of the same address is the same."""
    answer = await browser.http.get(rp.authorization_url(**parameters))
    seal = answer.headers["location"].partition("flow=")[2]
    looked_up, opened = flow_sealer(provider.wiring).open(seal), flow_sealer(provider.wiring).open(seal)
    assert looked_up is not opened
    assert repr(looked_up) == repr(opened)
    assert looked_up == opened


def test_only_the_very_seal_is_known(sealer: FlowSealer) -> None:
    """One letter more or less, or another one, is a broken flow."""
    seal = sealer.seal(Flow.begin(device_id="device", now=1))
    for broken in (seal + "A", seal[:-1], ("A" if seal[0] != "A" else "B") + seal[1:], seal + "=", ""):
        with pytest.raises(FlowBroken):
            sealer.open(broken)
    assert sealer.open(seal).device_id == "device"


def test_a_stored_request_is_not_taken_from_memory(sealer: FlowSealer, keys: MasterKeys) -> None:
    """It is read anew, since it may be gone by then."""
    flow = Flow.begin(device_id="device", now=1)._replace(stored_request="id")
    with patch.object(MasterKeys, "open", autospec=True, side_effect=MasterKeys.open) as opened:
        assert sealer.open(sealer.seal(flow)) == flow
    assert opened.call_count == 1


def test_the_memory_is_bounded(sealer: FlowSealer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flows whose pages nobody asks for make room for later ones, and are opened all the same."""
    monkeypatch.setattr(idp.interaction.flow, "_MOST_EXPECTED", 2)
    seals = {sealer.seal(Flow.begin(device_id=name, now=1)): name for name in "abc"}
    assert len(sealer._expected) == 2
    assert [sealer.open(seal).device_id for seal in seals] == ["a", "b", "c"]
    assert not sealer._expected
