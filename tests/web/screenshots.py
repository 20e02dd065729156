"""Pictures of every page state for a person to look at: `python -m tests.web.screenshots DIRECTORY [NAME …]`."""

import sys
from pathlib import Path
from typing import Literal

from tests.support.components import find_chromium
from tests.web.gallery import GALLERY
from tests.web.page_server import open_chromium, serve_gallery

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(directory: Path, names: list[str]) -> None:
    """Write `<state>-<locale>-<width>-<scheme>.png`."""
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    directory.mkdir(parents=True, exist_ok=True)
    wanted = [state for state in GALLERY if not names or state.name in names]
    with serve_gallery() as server, open_chromium(executable) as browser:
        for width in (1280, 320):
            page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
            for state in wanted:
                for locale in ("en", "cs"):
                    page.goto(server.url(state, locale))
                    for scheme in SCHEMES:
                        page.emulate_media(color_scheme=scheme)
                        name = f"{state.name}-{locale}-{width}-{scheme}.png"
                        page.screenshot(path=directory / name, full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
