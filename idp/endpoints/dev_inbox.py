"""`/dev/inbox`: every mail and SMS that would have been sent. Mounted in development mode only."""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.messaging.files import read_inbox
from idp.web.scope import open_scope

router = APIRouter()
_SHOWN = 50


@router.get("/dev/inbox", response_model=None)
async def inbox_page(request: Request) -> Response:
    scope = await open_scope(request)
    found = await asyncio.to_thread(read_inbox, scope.wiring.settings.var_directory / "inbox")
    messages = [
        {
            "channel": message["channel"],
            "recipient": message["to"],
            "subject": message["subject"],
            "text": message["text"],
            "created_at": message["at"],
            "code": message["code"] or "",
            "link": next(iter(message["links"]), ""),
        }
        for message in found[:_SHOWN]
    ]
    return scope.page("dev_inbox.html", messages=messages)


@router.get("/dev/inbox.json", response_model=None)
async def inbox_json(request: Request) -> Response:
    directory = request.app.state.wiring.settings.var_directory / "inbox"
    return JSONResponse(await asyncio.to_thread(read_inbox, directory), headers={"Cache-Control": "no-store"})
