"""Requests are counted by the template of the route that answered, never by the path that was asked for."""

from idp.web.plain import ROUTE_KEY, Scope

_NO_ROUTE = "none"  # refused before a route was looked for, or there is none


def template_of(scope: Scope) -> str:
    """The routes of pages are FastAPI's, which leaves the one that it found; ours leave their template themselves."""
    return str(scope.get(ROUTE_KEY) or getattr(scope.get("route"), "path", _NO_ROUTE))
