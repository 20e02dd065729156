"""`python -m tests.messaging.pictures`: writes `docs/messages.md` and the pictures in it, for every kind there is.

One sheet for each language and colour scheme shows every mail as a wide and as a narrow window shows it, and every SMS.
"""

import html
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser

from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.gateways import Envelope
from idp.messaging.kinds import KINDS
from idp.messaging.places import Places
from tests.messaging.letters import VALUES, claimed
from tests.messaging.occasions import LOGIN_EMAIL, OCCASIONS
from tests.messaging.place_files import BRNO, write_places
from tests.messaging.sms_parts import parts_of
from tests.support.chromium import SCHEMES, open_chromium
from tests.support.components import find_chromium

DOCUMENT = Path(__file__).parents[2] / "docs" / "messages.md"
PICTURES = DOCUMENT.parent / "images" / "messages"
LOCALES = Localization().available
_WIDTHS = (600, 320)
_SCALE = 0.5
_COLOURS = 16
_SENDER = Sender("Keygate", "Example Ltd", "support@example.com", "https://login.example.com")
_NETWORK = "192.0.2.0/24"
_STYLE = """
  :root { color-scheme: light dark; }
  body { margin: 24px; width: 2944px; font: 24px/1.3 system-ui, 'Noto Sans', 'Liberation Sans', sans-serif;
         background: light-dark(#ffffff, #05080d); color: light-dark(#131c2b, #e9eef5); columns: 3; column-gap: 32px; }
  figure { margin: 0 0 32px; break-inside: avoid; }
  figcaption { margin-bottom: 8px; font-weight: 600; }
  div { display: flex; gap: 16px; align-items: start; }
  iframe { border: 1px solid light-dark(#d5dce6, #2c3848); }
  p { margin: 0; padding: 16px 20px; max-width: 560px; border-radius: 16px; white-space: pre-wrap;
      background: light-dark(#e3e9f3, #1e2836); }
"""


def messages(locale: str, places: Places | None = None) -> Iterator[tuple[str, Envelope]]:
    """Each kind by each of its channels, filled in as one might be in life."""
    composer = Composer(_SENDER, Localization(), places)
    for kind, rules in KINDS.items():
        values = {name: VALUES[name] for name in ({"when", "browser", "address"} | rules.needs)}
        for channel in rules.channels:
            yield kind, composer.compose(claimed(kind, channel), locale, values)


def document() -> str:
    """The text of `docs/messages.md`."""
    rows = "\n".join(f"| `{kind}` | {_channels(kind)} | {_when(kind)} | {_to(kind)} |" for kind in KINDS)
    pictures = "\n\n".join(
        f"![Every message, {name}]({picture_path(locale, scheme).relative_to(DOCUMENT.parent).as_posix()})"
        for locale in LOCALES
        for scheme in SCHEMES
        for name in [f"{Localization().native_name(locale)}, {scheme}"]
    )
    return f"""# Messages

Every mail and SMS that the provider sends, in the account's language and in the name of the installation
(`IDP_BRAND`, `IDP_COMPANY`). A mail is text and HTML; the HTML has its styles inline, loads nothing from anywhere, and
follows the reader's light or dark scheme. It says when, with which browser and from where the thing was done that it
tells of. Its links lead to `IDP_ISSUER`.

This page and its pictures are made by `make message-pictures`.

| kind | by | when | to |
|---|---|---|---|
{rows}

The last line of an SMS with a code binds it to the login host (`@login.example.com #482913`): phones offer it there and
nowhere else. An SMS part has 160 characters, or 70 where there is an accent among them; {_sms_parts()}.
With `IDP_SMS_ASCII=true` the accents are left out, and every SMS is one part.

## What they look like

At {_WIDTHS[0]} and at {_WIDTHS[1]} pixels.

{pictures}
"""


def _sms_parts() -> str:
    most = {
        locale: max(parts_of(sms.text) for _, sms in messages(locale) if sms.channel == "sms") for locale in LOCALES
    }
    return ", ".join(f"in {Localization().native_name(locale)} {count} at most" for locale, count in most.items())


def picture_path(locale: str, scheme: str) -> Path:
    return PICTURES / f"{locale}-{scheme}.png"


def _channels(kind: str) -> str:
    return ", ".join({"mail": "mail", "sms": "SMS"}[channel] for channel in KINDS[kind].channels)


def _when(kind: str) -> str:
    if kind in OCCASIONS:
        return OCCASIONS[kind][0]
    text = next(envelope.text for found, envelope in messages("en") if found == kind)
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]
    return paragraphs[2] if "mail" in KINDS[kind].channels else paragraphs[0].partition(" @")[0]


def _to(kind: str) -> str:
    return OCCASIONS[kind][1] if kind in OCCASIONS else LOGIN_EMAIL if "mail" in KINDS[kind].channels else "the phone"


def sheet(locale: str, places: Places) -> str:
    """One document with all of them."""
    figures = "\n".join(
        f"<figure><figcaption>{kind}</figcaption><div>{_frames(envelope)}</div></figure>"
        for kind, envelope in messages(locale, places)
    )
    return f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><style>{_STYLE}</style><body>{figures}</html>'


def _frames(envelope: Envelope) -> str:
    if envelope.channel == "sms":
        return f"<p>{html.escape(envelope.text)}</p>"
    return "".join(f'<iframe width="{width}" srcdoc="{html.escape(envelope.html)}"></iframe>' for width in _WIDTHS)


def photograph(browser: Browser, places: Places) -> None:
    """Writes one picture for each language and scheme."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": 2992, "height": 1000}, device_scale_factor=_SCALE)
    for locale in LOCALES:
        page.set_content(sheet(locale, places), wait_until="load")
        for frame in page.locator("iframe").all():
            frame.evaluate("frame => { frame.height = frame.contentDocument.documentElement.scrollHeight }")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            picture = Image.open(BytesIO(page.screenshot(full_page=True)))
            few_colours = picture.quantize(_COLOURS, dither=Image.Dither.NONE)  # a quarter of the size, and no worse
            few_colours.save(picture_path(locale, scheme), optimize=True)


def main() -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    DOCUMENT.write_text(document(), encoding="utf-8")
    with TemporaryDirectory() as directory, open_chromium(executable) as browser:
        photograph(browser, Places(write_places(Path(directory) / "places.mmdb", {_NETWORK: BRNO}), Localization()))


if __name__ == "__main__":
    main()
