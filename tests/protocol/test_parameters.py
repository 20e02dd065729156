"""Query strings and form bodies."""

import pytest

from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.parameters import parse_parameters


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        (b"", {}),
        (b"&&", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"scope=openid+email&state=a%20b%2Bc", {"scope": "openid email", "state": "a b+c"}),
        (b"a=1=2", {"a": "1=2"}),
        (b"state=%C5%99%C4%8D", {"state": "řč"}),
        ("state=ř".encode(), {"state": "ř"}),
        (b"%61=b", {"a": "b"}),
        (b"a=;b=2", {"a": ";b=2"}),
        (b"a=%25", {"a": "%"}),
    ],
)
def test_reads_the_encoding(raw: bytes, parameters: dict[str, str]) -> None:
    """Pluses, percents, UTF-8 and empty pairs are read as the standard says; a semicolon separates nothing."""
    assert parse_parameters(raw) == parameters


@pytest.mark.parametrize("raw", [b"a", b"a=", b"a=&b=1"])
def test_an_empty_value_counts_as_left_out(raw: bytes) -> None:
    """RFC 6749 §3.1."""
    assert "a" not in parse_parameters(raw)


@pytest.mark.parametrize(
    "raw", [b"a=1&a=1", b"a=1&a=2", b"a=&a=2", b"a=1&%61=2", b"a&a", b"a+b=1&a%20b=2", b"c=1&a=1&b=1&a=3"]
)
def test_a_repeated_parameter_is_refused(raw: bytes) -> None:
    """However the name is spelled, and whatever the values are."""
    refusal(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"resource=a&resource=b", "a b"),
        (b"resource=a&x=1&%72esource=b&resource=c", "a b c"),
        (b"resource=a+b", "a b"),
        (b"resource=&resource=b", "b"),
        (b"resource=a&resource=", "a"),
    ],
)
def test_a_resource_may_be_repeated(raw: bytes, value: str) -> None:
    """RFC 8707 §2: URIs, handed on with a space between them."""
    assert parse_parameters(raw)["resource"] == value


@pytest.mark.parametrize(
    "raw",
    [
        b"canary=%", b"canary=%4", b"canary=%zz", b"canary=%%41", b"canary=%u0041", b"canary=\xff", b"canary=%ff",
        b"canary=%c0%80", b"canary=%ed%a0%80", b"canary=%00", b"canary=a\x00b", b"canary=%0a", b"canary=%0D%0Ab",
        b"canary=%7f", b"canary=%c2%85", b"canary%00=1", b"=canary", b"%C3=canary", b"canary" * 11 + b"=1",
    ],
)  # fmt: skip
def test_damage_is_refused_without_an_echo(raw: bytes) -> None:
    """Broken percent-encoding, text that is not UTF-8, controls and bad names are refused; the words repeat nothing."""
    assert "canary" not in str(refusal(raw))


def test_the_number_of_parameters_is_bounded() -> None:
    """64 are read, 65 are not, and neither are any number of empty ones."""
    assert len(parse_parameters(b"&".join(b"p%d=1" % number for number in range(64)))) == 64
    refusal(b"&".join(b"p%d=1" % number for number in range(65)))
    refusal(b"&" * 100_000)


def refusal(raw: bytes) -> OAuthError:
    """The error that the input is refused with."""
    with pytest.raises(OAuthError) as caught:
        parse_parameters(raw)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert caught.value.status == 400
    return caught.value


@pytest.mark.parametrize("name", ["user_agent", "redirect_uri", "scope", "state"])
@pytest.mark.parametrize("length", [1, 2000])
def test_what_is_said_again_is_read_again(name: str, length: int) -> None:
    """Whether or not the value is one that is kept, the second request is read as the first was."""
    raw = f"{name}={'%C5%99+' * length}end".encode()
    for _ in range(2):
        assert parse_parameters(raw) == {name: "ř " * length + "end"}
        with pytest.raises(OAuthError):
            parse_parameters(raw + b"%00")
