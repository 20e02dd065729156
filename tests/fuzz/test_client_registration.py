"""Whatever JSON is sent to register or to change a client: a refusal or a client, never a failure."""

import json
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from idp.clients.dynamic_metadata import is_public
from idp.clients.members import MemberReader
from idp.clients.metadata import read_client
from tests.fuzz.back_channel import JSON_VALUES, WORDS
from tests.fuzz.conftest import Target
from tests.fuzz.test_back_channel import check, fuzzed
from tests.support.asgi import Answer, call, http_scope
from tests.support.client_keys import ClientKey
from tests.support.registering import CALLBACK, CLIENTS

JWKS = ClientKey.generate().jwks


def _members() -> list[str]:
    """Every member that a registration can have, and some that it cannot."""
    read = MemberReader({"redirect_uris": [CALLBACK]})
    read_client("app", read)
    known = sorted(name for name in read.asked_for if is_public(name))
    return [
        *known,
        "client_name#cs",
        "logo_uri#",
        "client_id",
        "client_secret",
        "software_statement",
        "first_party",
        "",
    ]


def _values() -> st.SearchStrategy[Any]:
    """Right kinds with wrong contents as often as anything at all."""
    words = st.sampled_from([*WORDS, CALLBACK, "web", "native", "implicit", "id_token", "RS256", "private_key_jwt"])
    return words | st.lists(words, max_size=3) | st.just(JWKS) | st.booleans() | st.integers() | JSON_VALUES


METADATA = st.dictionaries(st.sampled_from(_members()), _values(), max_size=5)


def _send(target: Target, method: str, path: str, body: object, token: str = "") -> Answer:
    headers = [("host", "localhost:8000"), ("content-type", "application/json")]
    headers += [("authorization", f"Bearer {token}")] if token else []
    return target.run(call(target.provider.app, http_scope(method, path, headers), [json.dumps(body).encode()]))


@pytest.mark.requirement("RM-05", "OC-29", "OT-01")
@fuzzed
@given(changes=METADATA, is_based=st.booleans())
def test_registration_takes_any_json(target: Target, changes: dict[str, Any], is_based: bool) -> None:
    """What is accepted can be read, and replaced by what was answered; a refusal has the protocol's words."""
    note(json.dumps(changes))
    made = _send(target, "POST", CLIENTS, ({"redirect_uris": [CALLBACK]} if is_based else {}) | changes)
    check("POST", made)
    if made.status != 201:
        return
    client = json.loads(made.body)
    path, token = f"{CLIENTS}/{client['client_id']}", client["registration_access_token"]
    assert _send(target, "GET", path, {}, token).status == 200
    replaced = _send(target, "PUT", path, client, token)
    note(replaced.text)
    assert replaced.status == 200
    shown = json.loads(replaced.body)
    assert shown == {name: value for name, value in client.items() if not name.startswith("client_secret")}
    check("PUT", _send(target, "PUT", path, changes | {"client_id": client["client_id"]}, token))
    assert _send(target, "DELETE", path, {}, token).status == 204
