"""A client that registers itself with a sector: its file is read before anything is stored (OIDC Registration §5)."""

import json
from typing import Any

import pytest

from idp.clients import store
from tests.outbound.strangers import answering, hanging_up, stranger
from tests.support.calls import json_of
from tests.support.provider import Provider
from tests.support.registering import CALLBACK, manage, register, registered

OTHER = "https://other.example/cb"


@pytest.mark.requirement("OC-29", "OC-35", "OT-20")
async def test_a_sector_is_checked_at_registration(provider: Provider) -> None:
    """Every redirect URI is in the file, else invalid_client_metadata, and no client comes of it."""
    files = {
        "good": (answering(json.dumps([CALLBACK, OTHER]).encode()), 201),
        "one is missing": (answering(json.dumps([CALLBACK]).encode()), 400),
        "nobody answers": (hanging_up, 400),
    }
    for name, (behaviour, status) in files.items():
        async with stranger(behaviour) as server:
            uris: dict[str, Any] = {"redirect_uris": [CALLBACK, OTHER], "sector_identifier_uri": server.url("/uris")}
            answer = await register(provider, subject_type="pairwise", **uris)
        assert answer.status == status, name
        assert status == 201 or json_of(answer)["error"] == "invalid_client_metadata"
    async with provider.wiring.database.reading() as db:
        (registration,) = await store.list_registrations(db)
    assert registration.client.subjects.sector == "127.0.0.1"


@pytest.mark.requirement("OT-20")
async def test_subjects_are_public_unless_a_client_asks(provider: Provider) -> None:
    """Two hosts and no word of a sector: registered, as public; asking for pairwise then is refused, later too."""
    client = await registered(provider, redirect_uris=[CALLBACK, OTHER])
    assert client["subject_type"] == "public"
    refused = await register(provider, redirect_uris=[CALLBACK, OTHER], subject_type="pairwise")
    assert (refused.status, json_of(refused)["error"]) == (400, "invalid_client_metadata")
    changed = {"client_id": client["client_id"], "redirect_uris": [CALLBACK, OTHER], "subject_type": "pairwise"}
    assert (await manage(provider, client, "PUT", changed)).status == 400
