"""The page that posts an authorization response to the application (OAuth 2.0 Form Post Response Mode §2, §5).

A script sends the form, or a button where no script runs. Opened again, the page sends the same answer: whoever reloads
it loses nothing, and a code works once whoever posts it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response

from idp.web.middleware.security_headers import page_csp
from idp.web.scope import PageScope


def form_post_page(scope: PageScope, url: str, fields: Mapping[str, str], *, app_name: str) -> Response:
    """`url` is a proven redirect URI. The only page of ours whose form may go to another origin: that one."""
    csp = page_csp(form=_form_action(url))
    app = {"name": app_name, "logo_uri": None}
    return scope.page("form_post.html", url=url, fields=dict(fields), app=app, headers={"Content-Security-Policy": csp})


def _form_action(url: str) -> str:
    parts = urlsplit(url)
    # CSP 3 §2.3.1 has no spelling for an IPv6 address: only its scheme can be named.
    return f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
