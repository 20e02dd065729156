"""Reads a User-Agent header into the few parts that stay while a browser updates itself."""

import hashlib
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ua_parser import Parser
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

from idp.protocol.user_agent_binding.families import (
    BROWSER_FAMILIES,
    ORDINARY_PRODUCTS,
    PLATFORM_FAMILIES,
    UNVERSIONED_FAMILIES,
    device_class_of,
)
from idp.sealing import base64url

_MAX_BYTES = 512
_TABLE_VERSION = 1  # raise it when `families` changes its mind about a string
PARSER_VERSION = f"{importlib.metadata.version('ua-parser-builtins')}.{_TABLE_VERSION}"

# RFC 9110 §10.1.5: product = token ["/" version].
_PRODUCT = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})(?:[/ ]|$)")
_COMMENT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MAX_FAMILY = 64
_BROWSERS, _SYSTEMS, _ = load_lazy_builtins()
# Made here and not at the first request: it takes 35 ms. Its patterns for devices, 14 MB, are not ours to read.
_PARSER = Parser(Resolver((_BROWSERS, _SYSTEMS, [])))
_MAX_MAJOR, _MAX_PART = 2146, 999  # keeps the number within 32 bits


@dataclass(frozen=True, slots=True)
class UserAgent:
    """One header, read. An unknown agent has the family "" and no other parts. `version` grows with every update."""

    raw: str
    family: str
    platform: str
    device_class: str
    version: int
    parser: str


def single_header(values: Sequence[bytes]) -> str | None:
    """The header's value where the request has exactly one: two are a dodge, and count as none."""
    return values[0].decode("latin-1") if len(values) == 1 else None


def read_user_agent(raw: str | None) -> UserAgent | None:
    """What the header says; None where there is none, or an empty one."""
    if raw is None:
        return None
    # Only short strings enter the cache, so that its memory is bounded as well.
    return _read(raw) if len(raw) <= _MAX_BYTES else _told_apart_by_digest(raw)


def product_name(raw: str) -> str:
    """The name of the first product, without its version: `Portal/1.2 (iOS)` is `Portal`. "" where there is none."""
    match = _PRODUCT.match(raw)
    return match[1] if match else ""


@lru_cache(maxsize=4096)
def _read(raw: str) -> UserAgent | None:
    if not raw.strip():
        return None
    if not raw.isprintable() or len(raw.encode()) > _MAX_BYTES:
        return _told_apart_by_digest(raw)
    # Every browser begins like this, once: a string in other case, or two headers in one, is not a browser's.
    if raw.count("Mozilla/") + raw.startswith("Opera/") != 1 or not raw.startswith(("Mozilla/", "Opera/")):
        return _unknown(raw)
    browser, system = _PARSER.parse_user_agent(raw), _PARSER.parse_os(raw)
    family = BROWSER_FAMILIES.get(browser.family, "") if browser else ""
    platform = PLATFORM_FAMILIES.get(system.family, "") if system else ""
    if browser is None or not family or not platform:
        return _unknown(raw)
    if browser.major is None and family not in UNVERSIONED_FAMILIES:
        return _unknown(raw)
    if others := _other_products(raw):
        family = f"{family} ({', '.join(others)})"
        if len(family) > _MAX_FAMILY:
            return _unknown(raw)
    return UserAgent(
        raw=raw,
        family=family,
        platform=platform,
        device_class=device_class_of(platform, raw),
        version=_comparable(browser.major, browser.minor, browser.patch),
        parser=PARSER_VERSION,
    )


def _told_apart_by_digest(raw: str) -> UserAgent | None:
    """Its digest stands in for it: identity is all that such a string is good for, and it must fit into a row."""
    if not raw.strip():
        return None
    return _unknown("sha256:" + base64url(hashlib.sha256(raw.encode("utf-8", "surrogatepass")).digest()))


def _unknown(raw: str) -> UserAgent:
    return UserAgent(raw=raw, family="", platform="", device_class="", version=0, parser=PARSER_VERSION)


def _other_products(raw: str) -> list[str]:
    without_comments = _COMMENT.sub(" ", _COMMENT.sub(" ", raw))  # twice: they nest
    names = {word.split("/", 1)[0] for word in without_comments.split()}
    return sorted(name for name in names - ORDINARY_PRODUCTS if name[:1].isalpha())


def _comparable(major: str | None, minor: str | None, patch: str | None) -> int:
    return (
        min(_number(major), _MAX_MAJOR) * 1_000_000
        + min(_number(minor), _MAX_PART) * 1_000
        + min(_number(patch), _MAX_PART)
    )


def _number(text: str | None) -> int:
    return int(text[:9]) if text and text.isascii() and text.isdigit() else 0
