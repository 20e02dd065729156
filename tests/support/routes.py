"""Every address that the application serves, with its methods."""

from collections.abc import Iterator, Sequence

from starlette.routing import BaseRoute, Mount


def routes_of(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, frozenset[str]]]:
    """Path and methods (without HEAD), included routers and mounts too. A plain endpoint decides on its methods itself:
    it is listed with GET and POST."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif isinstance(route, Mount):
            yield f"{route.path}/{{rest}}", frozenset({"GET"})
        else:
            methods = getattr(route, "methods", None) or {"GET", "POST"}
            yield str(getattr(route, "path", "/")), frozenset(methods) - {"HEAD"}
