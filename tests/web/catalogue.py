"""Brings the catalogues up to date with the sources: `python -m tests.web.catalogue` after changing a text.

New sentences come in untranslated, changed ones are never guessed (no fuzzy matching), and what is gone is dropped.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from idp.localization import CATALOGUES, DOMAIN

SOURCES = CATALOGUES.parent
METHODS = [("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2"), ("templates/**.jinja", "jinja2")]
# Text in Python stands in these alone; elsewhere an underscore is only a name.
METHODS += [("web/messages.py", "python"), ("web/refusals.py", "python"), ("messaging/**.py", "python")]
OPTIONS = {"templates/**": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "NP_": (1, 2)}


def extract() -> Catalog:
    """Every translatable sentence of the sources."""
    catalogue = Catalog(domain=DOMAIN)
    found = extract_from_dir(
        str(SOURCES),
        method_map=METHODS,
        options_map=OPTIONS,
        keywords=KEYWORDS,
        directory_filter=lambda directory: not Path(directory).name.startswith((".", "_")),
    )
    for filename, _, message, comments, context in found:
        catalogue.add(message, None, [(f"idp/{filename}", 0)], auto_comments=comments, context=context)
    return catalogue


def read(source: Path) -> Catalog:
    """A committed catalogue, obsolete entries included."""
    with source.open("rb") as text:
        return read_po(text, locale=source.parent.parent.name, domain=DOMAIN)


def update(source: Path, template: Catalog) -> None:
    """Rewrite one catalogue; the translations of unchanged sentences stay."""
    catalogue = read(source)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with source.open("wb") as text:
        write_po(text, catalogue, width=116, sort_by_file=True, include_lineno=False, ignore_obsolete=True)


if __name__ == "__main__":
    sentences = extract()
    for path in sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        update(path, sentences)
