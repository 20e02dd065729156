"""`docs/messages.md` is what `make message-pictures` writes today, and its pictures are there."""

import pytest
from PIL import Image

from tests.messaging.pictures import DOCUMENT, LOCALES, PICTURES, document, picture_path
from tests.support.chromium import SCHEMES

_LARGEST = 300_000


def test_every_kind_is_described_as_it_is() -> None:
    """A new kind, channel or language is missing here until the command has run."""
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run make message-pictures"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("locale", LOCALES)
def test_there_is_one_small_picture_for_each_language_and_scheme(locale: str, scheme: str) -> None:
    """A picture that can be opened, and is no burden to whoever clones the repository."""
    path = picture_path(locale, scheme)
    with Image.open(path) as picture:
        assert picture.width > 1000
    assert path.stat().st_size < _LARGEST
    assert len(list(PICTURES.iterdir())) == len(LOCALES) * len(SCHEMES)
