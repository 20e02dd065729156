"""Which redirect URIs may be registered, and which presented ones are registered."""

import pytest

from idp.protocol.redirect_uris import is_registered, registration_problem

WEB = "https://portal.example.com/callback?tenant=a"
# Everything that a parser somewhere has taken for the registered address.
MUTATIONS = [
    "", " ", WEB[:-1], WEB + "b", WEB + "/", WEB + "&b=1", WEB + "&", WEB + "#", WEB + "#x", WEB + "%00",
    WEB + "\x00", WEB + "\n",
    WEB + "\t", WEB + " ", " " + WEB, "\t" + WEB, WEB + "%20", WEB + "%0a", WEB + ";", WEB + "=", WEB + "?",
    WEB + "?x",
    "HTTPS://portal.example.com/callback?tenant=a",
    "Https://portal.example.com/callback?tenant=a",
    "http://portal.example.com/callback?tenant=a",
    "httpss://portal.example.com/callback?tenant=a",
    "//portal.example.com/callback?tenant=a",
    "/callback?tenant=a",
    "portal.example.com/callback?tenant=a",
    "https:/portal.example.com/callback?tenant=a",
    "https:portal.example.com/callback?tenant=a",
    "https:///portal.example.com/callback?tenant=a",
    "https:\\\\portal.example.com/callback?tenant=a",
    "https://PORTAL.example.com/callback?tenant=a",
    "https://portal.example.com./callback?tenant=a",
    "https://portal.example.com:443/callback?tenant=a",
    "https://portal.example.com:8443/callback?tenant=a",
    "https://portal.example.com:/callback?tenant=a",
    "https://portal.example.com.evil.test/callback?tenant=a",
    "https://evilportal.example.com/callback?tenant=a",
    "https://a.portal.example.com/callback?tenant=a",
    "https://example.com/callback?tenant=a",
    "https://evil.test/callback?tenant=a",
    "https://evil.test/https://portal.example.com/callback?tenant=a",
    "https://portal.example.com@evil.test/callback?tenant=a",
    "https://evil.test@portal.example.com/callback?tenant=a",
    "https://user:pw@portal.example.com/callback?tenant=a",
    "https://@portal.example.com/callback?tenant=a",
    "https://@@@@portal.example.com/callback?tenant=a",
    "https://evil.test\\@portal.example.com/callback?tenant=a",
    "https://evil.test#@portal.example.com/callback?tenant=a",
    "https://evil.test?@portal.example.com/callback?tenant=a",
    "https://portal.example.com\\evil.test/callback?tenant=a",
    "https://portal.example.com/Callback?tenant=a",
    "https://portal.example.com/callback/?tenant=a",
    "https://portal.example.com//callback?tenant=a",
    "https://portal.example.com/./callback?tenant=a",
    "https://portal.example.com/x/../callback?tenant=a",
    "https://portal.example.com/callback/../evil?tenant=a",
    "https://portal.example.com/callback/..;/evil?tenant=a",
    "https://portal.example.com/callback/%2e%2e/evil?tenant=a",
    "https://portal.example.com/%63allback?tenant=a",
    "https://portal.example.com/callback%2F?tenant=a",
    "https://portal.example.com/callback",
    "https://portal.example.com/callback?",
    "https://portal.example.com/callback?tenant=A",
    "https://portal.example.com/callback?tenant=%61",
    "https://portal.example.com/callback?x=1&tenant=a",
    "https://portal.example.com/callback?tenant=a&tenant=a",
    "https://xn--prtal-kva.example.com/callback?tenant=a",
    "https://pörtal.example.com/callback?tenant=a",
    "https://portal。example.com/callback?tenant=a",
    "https://portal.example.com/callback?tenant=а",
    "https://[::1]/callback?tenant=a",
    "https://[::ffff:127.0.0.1]/callback?tenant=a",
    "https://127.0.0.1/callback?tenant=a",
    "https://*.example.com/callback?tenant=a",
    "javascript:alert(1)//https://portal.example.com/callback?tenant=a",
    "data:text/html,https://portal.example.com/callback?tenant=a",
]  # fmt: skip


@pytest.mark.requirement("AZ-01")
@pytest.mark.parametrize("application_type", ["web", "spa", "native"])
@pytest.mark.parametrize("presented", MUTATIONS)
def test_only_the_registered_string_matches(presented: str, application_type: str) -> None:
    """Sixty and more ways of nearly being the registered address are all strangers."""
    assert not is_registered(presented, [WEB], application_type)


def test_the_mutations_are_many_and_different() -> None:
    """The table above does not shrink unseen."""
    assert len(set(MUTATIONS)) >= 60


@pytest.mark.parametrize("registered", [WEB, "com.example.app:/cb", "http://localhost:8080/cb", "urn:x"])
def test_the_very_string_matches(registered: str) -> None:
    """Whatever is registered is accepted to the letter."""
    assert is_registered(registered, ["https://other.example.com/", registered], "web")
    assert not is_registered(registered, [], "web")


@pytest.mark.requirement("AZ-02")
@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1:65535/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?a=b", "http://[::1]:51004/cb?a=b"),
        ("http://localhost", "http://localhost:51004"),
        ("http://localhost/cb", "http://localhost:51004/cb"),
    ],
)
def test_a_native_client_may_choose_its_loopback_port(registered: str, presented: str) -> None:
    """RFC 8252 §7.3: for native clients only, and only the port."""
    assert is_registered(presented, [registered], "native")
    assert not is_registered(presented, [registered], "web")
    assert not is_registered(presented, [registered], "spa")


@pytest.mark.requirement("AZ-02")
@pytest.mark.parametrize(
    "presented",
    [
        "http://localhost:51004/cb", "http://[::1]:51004/cb", "http://127.0.0.1.evil.test:51004/cb",
        "http://127.0.0.1:51004.evil.test/cb", "http://127.0.0.1:51004@evil.test/cb", "http://127.0.0.1@evil.test/cb",
        "http://127.0.0.2:51004/cb", "http://127.1:51004/cb", "http://0.0.0.0:51004/cb", "http://2130706433:51004/cb",
        "http://127.0.0.1:51004/cb/", "http://127.0.0.1:51004/CB", "http://127.0.0.1:51004/",
        "http://127.0.0.1:51004",
        "http://127.0.0.1:51004/cb?x", "http://127.0.0.1:51004/cb#", "http://127.0.0.1:51004/x/../cb",
        "HTTP://127.0.0.1:51004/cb",
        "https://127.0.0.1:51004/cb", "http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:051004/cb",
        "http://127.0.0.1:/cb", "http://127.0.0.1:99999999999/cb", "http://127.0.0.1:5 1/cb",
        "http://127.0.0.1:51004/cb\n",
        "http://127.0.0.1:५/cb", "http://127.0.0.1\\:51004/cb", "http://u@127.0.0.1:51004/cb", "com.example.app:/cb",
    ],
)  # fmt: skip
def test_nothing_but_the_port_is_free(presented: str) -> None:
    """Another loopback host, another path, or an address that only looks like loopback is refused."""
    assert not is_registered(presented, ["http://127.0.0.1/cb"], "native")


@pytest.mark.parametrize("application_type", ["web", "spa", "native"])
@pytest.mark.parametrize(
    "uri",
    [
        WEB, "https://portal.example.com", "https://portal.example.com:8443/cb", "https://xn--nxasmq6b.example/cb",
        "https://portal.example.com/a@b/c", "https://portal.example.com/cb?next=%2Fhome&x=(1)",
        "https://192.0.2.7/cb",
        "https://[2001:db8::1]:8443/cb", "http://localhost:8080/cb", "http://127.0.0.1/cb", "http://[::1]:7/cb",
        "https://intranet/cb", "https://my_host.example.com/cb",
    ],
)  # fmt: skip
def test_addresses_that_may_be_registered(uri: str, application_type: str) -> None:
    """https anywhere, http on the machine itself."""
    assert registration_problem(uri, application_type) is None


@pytest.mark.parametrize(
    "uri", ["com.example.app:/cb", "com.example.app://cb", "com.example.app:///cb?x=1", "cz.wedos-global.app2:/oauth"]
)
def test_private_use_schemes_are_for_native_clients(uri: str) -> None:
    """RFC 8252 §7.1: a domain name in reverse, and only for an application on the device."""
    assert registration_problem(uri, "native") is None
    assert registration_problem(uri, "web")
    assert registration_problem(uri, "spa")


@pytest.mark.requirement("AZ-03")
@pytest.mark.parametrize("application_type", ["web", "spa", "native", "service"])
@pytest.mark.parametrize(
    "uri",
    [
        "", "x", "callback", "/callback", "//evil.test/cb", "https", "https:", "https:/", "https://", "https:///cb",
        "https://?x",
        "https:portal.example.com", "https:/portal.example.com/cb",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x",
        "DATA:text/html;base64,eA==",
        "vbscript:x", "file:///etc/passwd", "blob:https://x.test/1", "about:blank", "filesystem:https://x.test/",
        "view-source:https://x.test",
        "com.javascript\t:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", " javascript:alert(1)",
        "http://portal.example.com/cb", "http://127.0.0.1.evil.test/cb", "http://localhost.evil.test/cb",
        "http://127.0.0.2/cb",
        "http://0.0.0.0/cb", "http://2130706433/cb", "http://0x7f.1/cb", "http://[::]/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "https://*.example.com/cb", "https://portal.example.com/*", "https://portal.example.com/cb#",
        "https://portal.example.com/cb#x",
        "https://user@portal.example.com/cb", "https://user:pw@portal.example.com/cb",
        "https://@portal.example.com/cb",
        "https://portal.example.com\\cb", "https:\\\\portal.example.com/cb", "https://portal.example.com/c\\b",
        "https://portal.example.com/c b", "https://portal.example.com/cb\n", "https://portal.example.com/\x00",
        "https://portal.example.com/\x7f",
        "https://portal.example.com/ž", "https://pörtal.example.com/cb", "https://portal。example.com/cb",
        "https://portal.example.com/%", "https://portal.example.com/%zz", "https://portal.example.com/%00",
        "https://portal.example.com/%0d%0a",
        "https://portal.example.com/a/../b", "https://portal.example.com/./b", "https://portal.example.com/a/..",
        "https://portal.example.com/%2e%2e/b",
        "https://portal.example.com/a/..;/b", "https://portal.example.com:0/cb",
        "https://portal.example.com:65536/cb", "https://portal.example.com:/cb",
        "https://portal.example.com:a/cb", "https://[::1/cb", "https://::1/cb", "https://[x]/cb", "https://1.2.3/cb",
        "https://1.2.3.256/cb",
        "https://-a.example.com/cb", "https://a..example.com/cb", "https://.example.com/cb",
        "https://" + "a" * 64 + ".test/cb",
        "https://portal.example.com/" + "a" * 2000, "https://portal.example.com/<script>",
        'https://portal.example.com/"', "https://portal.example.com/'\"",
        "https://portal.example.com/{tenant}", "https://portal.example.com/a|b", "https://portal.example.com/`",
        "https://portal.example.com/^",
        "app:/cb", "myapp://cb", "mailto:a@example.com", "urn:ietf:wg:oauth:2.0:oob", "ftp://example.com/cb",
        "ws://localhost/cb",
        "com.example.app:", "com.example.app:cb", "com.example.app://u@cb", "Com.Example.App:/cb", "com..app:/cb",
        "com.example.app:/cb#x",
        "com.example.app://[/cb", "1com.example:/cb", "com.example+x:/cb", "intent://x#Intent;end",
    ],
)  # fmt: skip
def test_addresses_that_may_not_be_registered(uri: str, application_type: str) -> None:
    """Scripts, wildcards, fragments, passwords, foreign http, and whatever two parsers could read differently."""
    assert registration_problem(uri, application_type)


@pytest.mark.parametrize("scheme", ["javascript", "data", "vbscript", "file", "blob", "about"])
def test_a_dangerous_scheme_is_named(scheme: str) -> None:
    """The operator is told what is wrong."""
    assert scheme in str(registration_problem(f"{scheme.upper()}:x", "native"))
