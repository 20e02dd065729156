"""Binding, raising the floor, parser upgrades, and the claim."""

import pytest

from idp.protocol.user_agent_binding import (
    PARSER_VERSION,
    Binding,
    BindingMode,
    UserAgent,
    bind,
    is_same_browser,
    product_name,
    raised,
    read_user_agent,
    reparsed,
    single_header,
    ua_binding_claim,
)

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0"


def chrome(version: int) -> UserAgent:
    """Chrome on Windows."""
    return known(CHROME.format(version))


def known(raw: str) -> UserAgent:
    """An agent that is there."""
    agent = read_user_agent(raw)
    assert agent is not None
    return agent


def test_the_parts_of_a_known_browser() -> None:
    """A header becomes family, platform, class and a number that grows with the version."""
    agent = chrome(124)
    assert (agent.family, agent.platform, agent.device_class) == ("Chrome", "Windows", "desktop")
    assert agent.version == 124_000_000
    assert agent.parser == PARSER_VERSION


@pytest.mark.parametrize(
    ("version", "number"),
    [("17.4", 17_004_000), ("17.4.1", 17_004_001), ("17.5000.70000", 17_999_999), ("99999999999.1", 2_146_001_000)],
)
def test_versions_are_clipped_to_32_bits(version: str, number: int) -> None:
    """Absurd versions neither overflow the column nor change places with sane ones."""
    raw = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}"
    assert known(raw + " Safari/605.1.15").version == number < 2**31


@pytest.mark.parametrize("raw", [None, "", " ", "\t "])
@pytest.mark.requirement("RT-13")
def test_no_header_is_nobody(raw: str | None) -> None:
    """A missing header and an empty one are the same: nothing."""
    assert read_user_agent(raw) is None


@pytest.mark.requirement("RT-13")
def test_two_headers_count_as_none() -> None:
    """Whoever sends two headers is not believed either."""
    assert single_header([b"A/1"]) == "A/1"
    assert single_header([]) is None
    assert single_header([b"A/1", b"A/1"]) is None


@pytest.mark.parametrize("raw", ["A" * 513, CHROME.format(1) + "é" * 250, "A\x00B", "A\nB", "\ud800"])
def test_what_does_not_fit_a_row_is_known_by_its_digest(raw: str) -> None:
    """Oversized and unprintable headers are unknown, short enough to store, and still told apart."""
    agent = known(raw)
    assert agent.family == ""
    assert len(agent.raw) < 64
    assert agent.raw.isprintable()
    assert agent == known(raw) != known(raw + "!")


def test_512_bytes_are_still_read() -> None:
    """The limit is met exactly."""
    raw = CHROME.format(124)
    assert known(raw + " " * (512 - len(raw))).family == "Chrome"
    assert known(raw + " " * (513 - len(raw))).family == ""


@pytest.mark.requirement("RT-13")
@pytest.mark.parametrize("mode", [BindingMode.EXACT, BindingMode.STABLE, BindingMode.PRODUCT])
def test_no_header_is_a_change(mode: BindingMode) -> None:
    """Leaving the header out passes no check, even where the login had none."""
    assert not is_same_browser(bind(mode, chrome(124)), None)
    assert not is_same_browser(bind(mode, None), None)
    assert not is_same_browser(bind(mode, None), chrome(124))


@pytest.mark.requirement("RT-14")
def test_the_higher_version_becomes_the_floor() -> None:
    """After an update the version before it no longer passes."""
    first = bind(BindingMode.STABLE, chrome(124))
    second = raised(first, chrome(125))
    assert second == bind(BindingMode.STABLE, chrome(125))
    assert not is_same_browser(second, chrome(124))
    assert is_same_browser(second, chrome(126))


@pytest.mark.parametrize("presented", [chrome(123), chrome(124), known(FIREFOX), None])
def test_nothing_else_moves_the_floor(presented: UserAgent | None) -> None:
    """Only an update of the same browser raises the floor."""
    binding = bind(BindingMode.STABLE, chrome(124))
    assert raised(binding, presented) is binding


@pytest.mark.parametrize("mode", [BindingMode.EXACT, BindingMode.OFF, BindingMode.UNBOUND])
def test_only_stable_has_a_floor(mode: BindingMode) -> None:
    """In the other modes the first header stays the remembered one."""
    binding = bind(mode, chrome(124))
    assert raised(binding, chrome(125)) is binding


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Portal/1.2 (iOS 17.4)", "Portal"),
        ("Portal", "Portal"),
        ("Portal 7", "Portal"),
        ("okhttp/4.12.0", "okhttp"),
        (FIREFOX, "Mozilla"),
        ("", ""),
        ("(comment first)", ""),
        ("sha256:abc", ""),
        ("A" * 65 + "/1", ""),
    ],
)
def test_the_first_product(raw: str, name: str) -> None:
    """The product's name is all that a native application is known by."""
    assert product_name(raw) == name


def test_a_native_application_may_change_its_version() -> None:
    """In the mode `product` any version of the product passes, and no other product."""
    binding = bind(BindingMode.PRODUCT, known("Portal/1.2 (iOS 17.4)"))
    assert binding.mode is BindingMode.PRODUCT
    assert is_same_browser(binding, known("Portal/1.1 (iOS 18)"))
    assert not is_same_browser(binding, known("portal/1.2 (iOS 17.4)"))
    assert not is_same_browser(binding, known("Portal2/1.2 (iOS 17.4)"))
    assert not is_same_browser(binding, known("(Portal/1.2)"))


def test_a_product_without_a_name_must_be_identical() -> None:
    """A native application that names no product is bound to its exact string."""
    binding = bind(BindingMode.PRODUCT, known("(nameless) 1"))
    assert binding.mode is BindingMode.EXACT
    assert is_same_browser(binding, known("(nameless) 1"))
    assert not is_same_browser(binding, known("(nameless) 2"))


def test_a_parser_upgrade_reads_the_string_again() -> None:
    """What an older parser understood otherwise is corrected, so that nobody is logged out by our own update."""
    today = bind(BindingMode.STABLE, chrome(124))
    outdated = today._replace(family="Something Else", version=999_000_000, parser="200001.0")
    assert not is_same_browser(outdated, chrome(125))
    assert reparsed(outdated) == today
    assert reparsed(today) is today


@pytest.mark.parametrize("mode", list(BindingMode))
@pytest.mark.parametrize("raw", [CHROME.format(124), "Portal/1.2", "(nameless)", "A" * 9000, None])
def test_reading_again_changes_nothing_without_cause(mode: BindingMode, raw: str | None) -> None:
    """With an unchanged parser, a binding read again is the same binding."""
    binding = bind(mode, read_user_agent(raw))
    assert reparsed(binding._replace(parser="200001.0")) == binding


def test_the_claim_survives_updates_and_links_nobody() -> None:
    """The digest is the same after an update, and another for every client and every browser."""
    claim = ua_binding_claim(bind(BindingMode.STABLE, chrome(124)), b"one client")
    assert claim["mode"] == "stable"
    assert claim == ua_binding_claim(bind(BindingMode.STABLE, chrome(130)), b"one client")
    assert claim != ua_binding_claim(bind(BindingMode.STABLE, chrome(124)), b"another client")
    assert claim != ua_binding_claim(bind(BindingMode.STABLE, known(FIREFOX)), b"one client")


def test_an_exact_claim_follows_the_string() -> None:
    """In the mode `exact` another version has another digest."""
    claims = [ua_binding_claim(bind(BindingMode.EXACT, chrome(version)), b"key") for version in (124, 125)]
    assert claims[0] != claims[1]


@pytest.mark.parametrize("mode", [BindingMode.OFF, BindingMode.UNBOUND])
def test_without_a_check_the_claim_says_so(mode: BindingMode) -> None:
    """A token that is bound to nothing claims nothing."""
    assert ua_binding_claim(bind(mode, chrome(124)), b"key") == {"mode": mode.value}


def test_a_binding_fits_its_columns() -> None:
    """Nothing that is stored is longer than its column."""
    longest = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/124.0.0.0 Safari/537.36 " + "B" * 60 + "/1"
    for raw in (longest, "P" * 64 + "/1", "P" * 600):
        for mode in BindingMode:
            binding: Binding = bind(mode, known(raw))
            assert len(binding.family) <= 64
            assert len(binding.parser) <= 32
            assert len(binding.raw.encode()) <= 512
