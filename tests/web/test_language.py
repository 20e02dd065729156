"""The language switch, as one middleware: what it takes, what it leaves alone, and where it leads."""

import pytest
from starlette.responses import PlainTextResponse

from idp.localization import Localization
from idp.web.cookies import Cookies
from idp.web.language import LanguageSwitch
from tests.support.asgi import Answer, get

OWN = ("sec-fetch-site", "same-origin")
FOREIGN = ("sec-fetch-site", "cross-site")


async def ask(target: str, *headers: tuple[str, str]) -> Answer:
    """What the switch in front of a page answers."""
    page = PlainTextResponse("page")
    return await get(
        LanguageSwitch(page, localization=Localization(), cookies=Cookies(has_tls=False)), target, *headers
    )


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/login?lang=cs", "/login"),
        ("/login?flow=a.b&lang=cs", "/login?flow=a.b"),
        ("/login?a=%zz&lang=cs&b=%00%FF&a=", "/login?a=%zz&b=%00%FF&a="),
        ("/logout?client_id=x&state=a+b&lang=cs", "/logout?client_id=x&state=a+b"),
        ("/authorize?state=a%20b&lang=cs", "/authorize?state=a%20b"),
        ("/\\evil.example/?lang=cs", "/%5Cevil.example/"),
    ],
)
async def test_switch_keeps_everything_else(target: str, location: str) -> None:
    """The address comes back without `lang` and otherwise byte for byte; a cookie remembers the language."""
    answer = await ask(target, OWN)
    assert (answer.status, answer.header("location")) == (303, location)
    assert (answer.header("set-cookie") or "").startswith("lang=cs;")


@pytest.mark.requirement("SO-24")
@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/login?lang=xx", ()),
        ("/login?slang=cs", ()),
        ("//evil.example/?lang=cs", ()),
        ("/authorize?client_id=x&lang=cs", (FOREIGN,)),
        ("/logout?client_id=x&lang=cs", (FOREIGN,)),
    ],
)
async def test_switch_leaves_alone_what_is_not_its_own(target: str, headers: tuple[tuple[str, str], ...]) -> None:
    """Unknown languages, other hosts in disguise, and the parameters of a relying party."""
    answer = await ask(target, *headers)
    assert (answer.status, answer.text) == (200, "page")
