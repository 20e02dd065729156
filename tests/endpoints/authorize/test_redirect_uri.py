"""Where an answer may go: one exact string, or nowhere."""

import pytest

from idp.administration.refusal import Refused
from idp.clients import store as clients
from tests.support.calls import answer_to, get, location_of, outcome
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

REGISTERED = "https://shop.example/cb"

# What attackers and sloppy parsers make of https://shop.example/cb.
MUTATIONS = {
    "upper-case scheme": "HTTPS://shop.example/cb",
    "upper-case host": "https://SHOP.example/cb",
    "upper-case path": "https://shop.example/CB",
    "http": "http://shop.example/cb",
    "no scheme": "//shop.example/cb",
    "path alone": "/cb",
    "host alone": "https://shop.example",
    "root": "https://shop.example/",
    "trailing slash": "https://shop.example/cb/",
    "two trailing slashes": "https://shop.example/cb//",
    "two slashes in the path": "https://shop.example//cb",
    "three slashes": "https:///shop.example/cb",
    "one slash": "https:/shop.example/cb",
    "no slash": "https:shop.example/cb",
    "question mark": "https://shop.example/cb?",
    "extra query": "https://shop.example/cb?x=1",
    "semicolon parameter": "https://shop.example/cb;x=1",
    "empty fragment": "https://shop.example/cb#",
    "fragment": "https://shop.example/cb#x",
    "encoded fragment": "https://shop.example/cb%23x",
    "deeper path": "https://shop.example/cb/evil",
    "longer path": "https://shop.example/cbevil",
    "shorter path": "https://shop.example/c",
    "dot segments": "https://shop.example/x/../cb",
    "dot segments after": "https://shop.example/cb/../evil",
    "dot segment": "https://shop.example/./cb",
    "dots and semicolon": "https://shop.example/cb/..;/evil",
    "encoded dots": "https://shop.example/cb/%2e%2e/evil",
    "half encoded dots": "https://shop.example/cb/.%2e/evil",
    "doubly encoded dots": "https://shop.example/cb/%252e%252e/evil",
    "encoded slash": "https://shop.example%2Fcb",
    "encoded letter": "https://shop.example/%63b",
    "encoded letter in the host": "https://sho%70.example/cb",
    "backslash path": "https://shop.example\\cb",
    "backslash after the host": "https://shop.example\\.evil.example/cb",
    "backslashes for slashes": "https:\\\\shop.example\\cb",
    "slash and backslash": "https:/\\shop.example/cb",
    "user": "https://evil@shop.example/cb",
    "user and password": "https://a:b@shop.example/cb",
    "ours as the user": "https://shop.example@evil.example/cb",
    "ours as the user, encoded": "https://shop.example%40evil.example/cb",
    "ours as user and password": "https://shop.example:443@evil.example/cb",
    "ours as the user, encoded slash": "https://shop.example%2F@evil.example/cb",
    "many at signs": "https://shop.example" + "@evil.example" * 40 + "/cb",
    "backslash and at": "https://evil.example\\@shop.example/cb",
    "hash and at": "https://evil.example#@shop.example/cb",
    "question mark and at": "https://evil.example?@shop.example/cb",
    "default port": "https://shop.example:443/cb",
    "other port": "https://shop.example:8443/cb",
    "empty port": "https://shop.example:/cb",
    "port with zeros": "https://shop.example:00443/cb",
    "port and at": "https://shop.example:80@evil.example/cb",
    "root dot": "https://shop.example./cb",
    "subdomain": "https://a.shop.example/cb",
    "suffix": "https://shop.example.evil.example/cb",
    "prefix": "https://evilshop.example/cb",
    "other host": "https://evil.example/cb",
    "host in the path": "https://evil.example/https://shop.example/cb",
    "host in the query": "https://evil.example/?https://shop.example/cb",
    "punycode": "https://xn--shp-fna.example/cb",
    "homograph": "https://shоp.example/cb",
    "ideographic full stop": "https://shop。example/cb",
    "fullwidth full stop": "https://shop．example/cb",
    "fullwidth solidus": "https://shop.example／cb",
    "soft hyphen": "https://shop\u00ad.example/cb",
    "zero width space": "https://shop.example/cb\u200b",
    "byte order mark": "\ufeffhttps://shop.example/cb",
    "right to left": "https://shop.example/cb\u202e",
    "leading space": " https://shop.example/cb",
    "trailing space": "https://shop.example/cb ",
    "tab in the scheme": "ht\ttps://shop.example/cb",
    "tab after": "https://shop.example/cb\t",
    "line feed": "https://shop.example/cb\n",
    "CR LF header": "https://shop.example/cb\r\nSet-Cookie: a=b",
    "NUL": "https://shop.example/cb\0",
    "NUL and host": "https://shop.example\0.evil.example/cb",
    "vertical tab": "https://shop.example/\x0bcb",
    "IPv6": "https://[::1]/cb",
    "IPv6 of IPv4": "https://[::ffff:127.0.0.1]/cb",
    "IPv4": "https://127.0.0.1/cb",
    "IPv4 as a number": "https://2130706433/cb",
    "wildcard": "https://*.example/cb",
    "javascript": "javascript:alert(1)//https://shop.example/cb",
    "data": "data:text/html,https://shop.example/cb",
    "two URIs": "https://shop.example/cb https://evil.example/",
    "two URIs with comma": "https://shop.example/cb,https://evil.example/",
    "the other client's": "https://other.example/cb",
    "very long": "https://shop.example/cb" + "a" * 4000,
    "empty": "",
    "missing": None,
}


@pytest.mark.requirement("AZ-01", "OC-05", "OT-03")
@pytest.mark.parametrize("response_mode", [None, "query", "fragment", "form_post", "query.jwt", "nonsense"])
async def test_only_the_registered_string_is_a_redirect_uri(rp: RelyingParty, response_mode: str | None) -> None:
    """Every near miss of a registered URI ends on an error page, in every response mode; the URI itself does not."""
    await rp.provider.client("other")
    answers = {
        name: await answer_to(rp, redirect_uri=uri, response_mode=response_mode) for name, uri in MUTATIONS.items()
    }
    assert len(answers) >= 60
    assert {name: answer for name, answer in answers.items() if answer != "page"} == {}
    wanted = "invalid_request" if response_mode == "nonsense" else "/login"
    assert await answer_to(rp, redirect_uri=REGISTERED, response_mode=response_mode) == wanted


@pytest.mark.requirement("AZ-01", "OC-05")
async def test_a_registered_query_belongs_to_the_uri(provider: Provider) -> None:
    """A URI with a query is compared with it, and the answer's parameters come after it."""
    uri = "https://shop.example/cb?tenant=7"
    rp = RelyingParty(provider, await provider.client(redirect_uris=[uri]))
    assert await answer_to(rp) == "/login"
    assert await answer_to(rp, redirect_uri="https://shop.example/cb") == "page"
    assert await answer_to(rp, redirect_uri="https://shop.example/cb?tenant=8") == "page"
    refused = await get(provider, rp.authorization_url(scope="nonsense"))
    assert (refused.header("location") or "").startswith(uri + "&error=invalid_scope")
    assert location_of(refused)[1]["tenant"] == "7"


LOOPBACK = {
    "IPv4, registered": ("http://127.0.0.1/cb", "/login"),
    "IPv4, a port": ("http://127.0.0.1:51004/cb", "/login"),
    "IPv4, another port": ("http://127.0.0.1:1/cb", "/login"),
    "IPv6, a port": ("http://[::1]:51004/cb", "/login"),
    "localhost, a port": ("http://localhost:51004/cb", "page"),
    "other path": ("http://127.0.0.1:51004/other", "page"),
    "extra query": ("http://127.0.0.1:51004/cb?x=1", "page"),
    "https": ("https://127.0.0.1:51004/cb", "page"),
    "suffix": ("http://127.0.0.1.evil.example/cb", "page"),
    "suffix after the port": ("http://127.0.0.1:51004.evil.example/cb", "page"),
    "user": ("http://127.0.0.1:51004@evil.example/cb", "page"),
    "other loopback": ("http://127.0.0.2:51004/cb", "page"),
    "IPv4 as a number": ("http://2130706433:51004/cb", "page"),
    "short IPv4": ("http://127.1:51004/cb", "page"),
    "IPv6 spelled out": ("http://[0:0:0:0:0:0:0:1]:51004/cb", "page"),
    "port too large": ("http://127.0.0.1:65536/cb", "page"),
    "port zero": ("http://127.0.0.1:0/cb", "page"),
    "port of letters": ("http://127.0.0.1:80a/cb", "page"),
    "empty port": ("http://127.0.0.1:/cb", "page"),
}


@pytest.mark.requirement("AZ-02")
async def test_native_loopback_takes_any_port(provider: Provider) -> None:
    """RFC 8252 §7.3: only the port may differ; hosts are not swapped among the loopback names."""
    client = await provider.client(
        "desk", application_type="native", redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb"]
    )
    rp = RelyingParty(provider, client)
    answers = {name: await answer_to_loopback(rp, uri) for name, (uri, _) in LOOPBACK.items()}
    assert answers == {name: wanted for name, (_, wanted) in LOOPBACK.items()}


@pytest.mark.requirement("AZ-02")
async def test_localhost_takes_any_port_only_when_registered(provider: Provider) -> None:
    """A native client that registered localhost gets localhost, and not its addresses."""
    client = await provider.client("desk", application_type="native", redirect_uris=["http://localhost/cb"])
    rp = RelyingParty(provider, client)
    assert await answer_to_loopback(rp, "http://localhost:51004/cb") == "/login"
    assert await answer_to_loopback(rp, "http://127.0.0.1:51004/cb") == "page"


@pytest.mark.requirement("AZ-02")
@pytest.mark.parametrize("kind", ["web", "spa"])
async def test_web_clients_have_no_free_port(provider: Provider, kind: str) -> None:
    """A web client's loopback URI is a string like any other."""
    client = await provider.client("dev", application_type=kind, redirect_uris=["http://127.0.0.1:3000/cb"])
    rp = RelyingParty(provider, client)
    assert await answer_to(rp) == "/login"
    assert await answer_to(rp, redirect_uri="http://127.0.0.1:3001/cb") == "page"
    assert await answer_to(rp, redirect_uri="http://127.0.0.1/cb") == "page"


async def answer_to_loopback(rp: RelyingParty, uri: str) -> str:
    answer = await get(rp.provider, rp.authorization_url(redirect_uri=uri))
    return outcome(rp, answer, state=rp.state)


DANGEROUS = {
    "javascript": "javascript:alert(1)",
    "mixed case": "JaVaScRiPt:alert(1)",
    "javascript with a host": "javascript://shop.example/%0aalert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "vbscript": "vbscript:msgbox(1)",
    "file": "file:///etc/passwd",
    "blob": "blob:https://shop.example/1",
    "http": "http://shop.example/cb",
    "wildcard host": "https://*.example/cb",
    "wildcard path": "https://shop.example/*",
    "fragment": "https://shop.example/cb#x",
    "empty fragment": "https://shop.example/cb#",
    "user": "https://user@shop.example/cb",
    "user and password": "https://user:password@shop.example/cb",
    "tab": "https://shop.example/\tcb",
    "line feed": "https://shop.example/cb\n",
    "NUL": "https://shop.example/cb\0",
    "encoded line feed": "https://shop.example/cb%0a",
    "space": "https://shop.example/c b",
    "backslash": "https://shop.example\\cb",
    "dot segments": "https://shop.example/../cb",
    "relative": "/cb",
    "no host": "https:///cb",
    "bare scheme": "myapp://cb",
}


@pytest.mark.requirement("AZ-03", "OT-03")
async def test_dangerous_redirect_uris_cannot_be_registered(provider: Provider) -> None:
    """Schemes that run code, wildcards, fragments, user parts and control characters: refused, and nothing stored."""
    for kind in ("web", "spa", "native"):
        for name, uri in DANGEROUS.items():
            with pytest.raises(Refused):
                await provider.client("evil", application_type=kind, redirect_uris=[uri])
            with pytest.raises(Refused):  # a good one beside it changes nothing
                await provider.client("evil", application_type=kind, redirect_uris=[REGISTERED, uri])
            async with provider.wiring.database.reading() as db:
                assert await clients.list_registrations(db) == [], (kind, name)


OTHERWISE_WRONG: dict[str, dict[str, str | None]] = {
    "nothing else": {},
    "response type": {"response_type": "token"},
    "no response type": {"response_type": None},
    "response mode": {"response_mode": "nonsense"},
    "form_post": {"response_mode": "form_post"},
    "request object": {"request": "e30.e30."},
    "request_uri": {"request_uri": "https://evil.example/request"},
    "prompt=none": {"prompt": "none"},
    "prompt": {"prompt": "none login"},
    "scope": {"scope": "x" * 5000},
    "no scope": {"scope": None},
    "no PKCE": {"code_challenge": None},
    "plain PKCE": {"code_challenge_method": "plain"},
    "max_age": {"max_age": "-1"},
    "claims": {"claims": "{"},
    "hint": {"id_token_hint": "e30.e30.AA"},
}


@pytest.mark.requirement("AZ-04", "OT-03")
async def test_no_redirect_before_client_and_uri_are_proven(rp: RelyingParty) -> None:
    """A wrong client or redirect URI wins over every other mistake: a page, and no Location."""
    disabled = await rp.provider.client("closed")
    async with rp.provider.wiring.database.writing() as db:
        await clients.set_status(db, "closed", status="disabled", now=rp.provider.clock.now())
    rp.provider.wiring.clients.forget()
    unproven: dict[str, dict[str, str | None]] = {
        "unknown client": {"client_id": "nobody"},
        "no client": {"client_id": None},
        "disabled client": {"client_id": disabled.id, "redirect_uri": disabled.redirect_uri},
        "client of another case": {"client_id": "SHOP"},
        "other redirect URI": {"redirect_uri": "https://evil.example/cb"},
        "no redirect URI": {"redirect_uri": None},
        "state too long": {"state": "s" * 3000},
    }
    answers = {
        f"{first} and {second}": await answer_to(rp, **wrong, **unproven[first])
        for first in unproven
        for second, wrong in OTHERWISE_WRONG.items()
    }
    assert {name: answer for name, answer in answers.items() if answer != "page"} == {}


@pytest.mark.requirement("AZ-04")
async def test_the_error_page_runs_nothing_that_was_sent(rp: RelyingParty) -> None:
    """What is shown of the request is text, however it looks."""
    canary = "<script>alert(document.domain)</script>"
    uri = f'https://evil.example/"><img src=x onerror=alert(1)>{canary}'
    answer = await get(rp.provider, rp.authorization_url(redirect_uri=uri, state=canary))
    assert canary not in answer.text
    assert "<img src=x" not in answer.text
    assert 'href="https://evil.example' not in answer.text
