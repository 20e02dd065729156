"""The sentence that a form of help makes of its fields: the text of the case, in the language of whoever sent it."""

from idp.web.messages import REQUEST_SENTENCES, translate
from idp.web.scope import PageScope


def request_sentence(scope: PageScope, key: str, **values: str) -> str:
    translations = scope.wiring.localization.translations(scope.locale())
    company = scope.wiring.settings.company
    return translate(REQUEST_SENTENCES[key], translations, {"company": company, **values})
