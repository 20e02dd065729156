"""Finds an endpoint by its path: a look into a table, where the path is fixed, else the framework's own search.

FastAPI's layers, its search for the route and the dependency graph take 250 µs of a page's request, those of a plain
endpoint 45 µs. Pages take nothing but the request, so nothing of that is missed; this takes 10 µs, or one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from idp.web.plain import ROUTE_KEY, ASGIApp, Receive, Scope, Send

Handlers = Mapping[Any, Callable[[Request, Exception], Any]]


class Plain:
    """Starlette takes a function for a request handler and an object for an ASGI application: this is the object."""

    def __init__(self, path: str, endpoint: ASGIApp) -> None:
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE_KEY] = self._path
        await self._endpoint(scope, receive, send)


def fixed_paths_first(
    framework: ASGIApp,
    *,
    plain: Iterable[BaseRoute],
    pages: Iterable[BaseRoute],
    around_pages: Callable[[ASGIApp], ASGIApp],
    handlers: Handlers,
) -> ASGIApp:
    """`framework` answers what is in no table: other methods, paths with parameters, what does not exist.

    `around_pages` and `handlers` are the middleware and the exception handlers that the framework was given.
    """
    plain_at = {route.path: route for route in plain if isinstance(route, Route) and _is_plain(route)}
    page_at = {
        (method, route.path): route
        for route in reversed(list(pages))  # the first of several answers, as in the framework
        if isinstance(route, APIRoute) and _takes_the_request_alone(route)
        for method in route.methods or ()
    }
    answer_page = around_pages(_answering(handlers))

    async def dispatched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await framework(scope, receive, send)
        elif plain_route := plain_at.get(scope["path"]):
            await plain_route.endpoint(scope, receive, send)
        elif page := page_at.get((scope["method"], scope["path"])):
            scope["route"] = page
            await answer_page(scope, receive, send)
        else:
            await framework(scope, receive, send)

    return dispatched


def _answering(handlers: Handlers) -> ASGIApp:
    """The framework's care for exceptions takes 6 µs around each page; here those that fail have it alone."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        route: APIRoute = scope["route"]
        try:
            response: ASGIApp = await route.endpoint(Request(scope, receive, send))
        except Exception as error:
            response = ExceptionMiddleware(_raising(error), handlers=handlers)
        await response(scope, receive, send)

    return answer


def _raising(error: Exception) -> ASGIApp:
    async def fail(_: Scope, __: Receive, ___: Send) -> None:
        raise error

    return fail


def _is_plain(route: Route) -> bool:
    return isinstance(route.endpoint, Plain) and not route.param_convertors


def _takes_the_request_alone(route: APIRoute) -> bool:
    """Nothing for FastAPI to prepare: no parameter of the path, the query or the body, and no dependency."""
    needed = route.dependant
    return needed.request_param_name is not None and not (
        route.param_convertors
        or needed.path_params
        or needed.query_params
        or needed.header_params
        or needed.cookie_params
        or needed.body_params
        or needed.dependencies
    )
