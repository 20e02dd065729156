"""Handles: codes and refresh tokens as nothing but a MAC, opened only in the one spelling that was minted."""

import base64
from itertools import product

import pytest

from idp.grants.handle import Handle, HandleKind, Handles
from idp.grants.table import grants
from idp.sealing import MasterKeys, base64url, new_id
from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

_CODE, _TOKEN = HandleKind.CODE, HandleKind.REFRESH_TOKEN
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
def handles(master_keys: MasterKeys) -> Handles:
    return Handles(master_keys, epoch=0)


def damaged(handle: str) -> set[str]:
    """Bit flips everywhere, other characters, other cases, cuts, additions and other spellings of the same bytes."""
    raw = base64.urlsafe_b64decode(handle)
    flips = {
        base64url(raw[: at // 8] + bytes([raw[at // 8] ^ 1 << at % 8]) + raw[at // 8 + 1 :])
        for at in range(len(raw) * 8)
    }
    cuts = {handle[:end] for end in range(len(handle))} | {handle[start:] for start in range(1, len(handle))}
    cases = {handle[:at] + handle[at].swapcase() + handle[at + 1 :] for at in range(len(handle))}
    spellings = {
        handle + "=",
        handle + "A",
        " " + handle,
        handle + "\n",
        handle.replace("-", "+").replace("_", "/") + " ",
        "é" * 72,
    }
    found = flips | cuts | cases | spellings | {handle.swapcase(), handle.upper(), handle.lower()}
    for at, character in product(range(len(handle)), _ALPHABET[::4]):
        found.add(handle[:at] + character + handle[at + 1 :])
    return found - {handle}


@pytest.mark.requirement("TK-26")
def test_damaged_handles_open_nothing(handles: Handles) -> None:
    """A thousand truncations, extensions, bit flips and case flips of both kinds."""
    for kind in HandleKind:
        handle = handles.mint(kind, new_id(), generation=3)
        assert len(damaged(handle)) >= 1_000
        assert not [text for text in damaged(handle) if handles.open(kind, text)]


@pytest.mark.requirement("TK-09")
def test_a_kind_is_never_the_other(handles: Handles) -> None:
    """A code is no refresh token, though both name the same grant and generation."""
    grant_id = new_id()
    assert handles.open(_CODE, handles.mint(_CODE, grant_id, generation=0)) == Handle(grant_id, 0)
    assert handles.open(_TOKEN, handles.mint(_CODE, grant_id, generation=0)) is None
    assert handles.open(_CODE, handles.mint(_TOKEN, grant_id, generation=0)) is None


@pytest.mark.requirement("CF-13")
def test_a_new_epoch_kills_every_handle(master_keys: MasterKeys, handles: Handles) -> None:
    """After a backup was restored nothing that was minted before opens, and what is minted now does."""
    handle = handles.mint(_TOKEN, new_id(), generation=1)
    later = Handles(master_keys, epoch=1)
    assert later.open(_TOKEN, handle) is None
    assert handles.open(_TOKEN, later.mint(_TOKEN, new_id(), generation=1)) is None


@pytest.mark.requirement("CF-02")
def test_the_previous_master_key_still_opens() -> None:
    """After a rotation old handles go on, new ones are under the new key, and a key that was dropped is gone."""
    old, new = bytes(32), bytes(range(32))
    handle = Handles(MasterKeys(old), epoch=0).mint(_TOKEN, new_id(), generation=1)
    rotated = Handles(MasterKeys(new, old), epoch=0)
    assert rotated.open(_TOKEN, handle) is not None
    assert Handles(MasterKeys(new), epoch=0).open(_TOKEN, handle) is None
    assert Handles(MasterKeys(old), epoch=0).open(_TOKEN, rotated.mint(_TOKEN, new_id(), generation=1)) is None


@pytest.mark.requirement("RT-18", "TK-10")
async def test_a_stolen_row_is_no_token(provider: Provider, rp: RelyingParty, browser: Browser) -> None:
    """Nothing that stands in a grant's row, alone or put together, is accepted as a code or a refresh token."""
    code = (await rp.sign_in(browser)).query["code"]
    async with provider.wiring.database.reading() as db:
        row = (await db.execute(grants.select())).one()
    values = {str(value) for value in row if value not in (None, "")}
    assert code not in values
    assert not any(code in value or value == code[:22] for value in values)
    forged = base64url(provider.keys.current_id + base64.urlsafe_b64decode(row.id + "==") + bytes(4) + bytes(32))
    for value in {*values, forged}:
        assert (await rp.redeem(value)).json()["error"] == "invalid_grant"
    tokens = (await rp.redeem(code)).json()
    for value in {*values, forged}:
        assert (await rp.refresh(value)).json()["error"] == "invalid_grant"
    assert (await rp.refresh(tokens["refresh_token"])).status_code == 200
