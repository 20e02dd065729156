"""Tokens signed the direct way are the tokens that joserfc makes."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws

from idp.keys.algorithms import registry_of
from idp.keys.ring import KeyRing
from idp.keys.sign import sign_jwt
from idp.keys.signing_key import KeyState, new_signing_key
from idp.sealing import MasterKeys

NOW = 1_768_478_400
DIRECT = ("ES256", "EdDSA")
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_CLAIMS = st.dictionaries(_TEXT, _TEXT | st.integers() | st.booleans() | st.none() | st.lists(_TEXT), max_size=6)


@cache
def ring() -> KeyRing:
    """One current key of each algorithm."""
    keys = MasterKeys(bytes(range(32)))
    made = KeyRing(keys)
    made.hold([replace(new_signing_key(alg, keys, now=NOW), state=KeyState.CURRENT) for alg in (*DIRECT, "RS256")])
    return made


@pytest.mark.parametrize("alg", DIRECT)
@settings(deadline=None, derandomize=True, database=None)
@given(claims=_CLAIMS)
def test_joserfc_would_have_made_the_same(alg: str, claims: dict[str, Any]) -> None:
    """Any claims, in any letters: joserfc accepts the signature, and writes the same header and payload itself."""
    own = ring().signing_key(alg)
    assert own.sign is not None
    token = sign_jwt(ring(), alg, claims, "at+jwt")
    read = jws.deserialize_compact(token, own.key, registry=registry_of(alg))
    assert json.loads(read.payload) == claims
    made = jws.serialize_compact(read.headers(), read.payload, own.key, registry=registry_of(alg))
    assert made.rpartition(".")[0] == token.rpartition(".")[0]
    assert alg != "EdDSA" or made == token  # an EdDSA signature is always the same, one of ES256 never


@pytest.mark.parametrize("alg", DIRECT)
def test_a_changed_token_is_refused_by_joserfc(alg: str) -> None:
    """The signature covers all of it, and has the length that RFC 7518 §3.4 fixes."""
    token = sign_jwt(ring(), alg, {"sub": "a"}, "at+jwt")
    signing_input, _, signature = token.rpartition(".")
    assert len(signature) == 86
    other = sign_jwt(ring(), alg, {"sub": "b"}, "at+jwt").rpartition(".")[0]
    assert other != signing_input
    forged = jws.extract_compact(f"{other}.{signature}".encode())
    assert not jws.validate_compact(forged, ring().signing_key(alg).key, registry=registry_of(alg))


def test_rsa_goes_the_usual_way() -> None:
    """Nothing is gained there, so nothing of our own is in it."""
    assert ring().signing_key("RS256").sign is None
    assert sign_jwt(ring(), "RS256", {"sub": "a"}, "at+jwt").count(".") == 2
