"""`/desk`: the queue, by kind, with what is waiting for whom and what is overdue."""

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response

from idp.endpoints.desk.guard import DeskScope, desk_page
from idp.support import store as cases
from idp.support.case import Case, CaseKind, CaseStatus
from idp.web.forms import BadForm

router = APIRouter()


@router.api_route("/desk", methods=["GET", "HEAD"], response_model=None)
@desk_page
async def queue(opened: DeskScope) -> Response:
    kind = _kind(opened.scope.request.query_params.get("kind", ""))
    async with opened.scope.wiring.database.reading() as db:
        waiting = await cases.list_queue(db)
        done = await cases.count_done_since(db, _midnight(opened.scope.now))
    counts = Counter(case.kind for case in waiting)
    return opened.page(
        "desk/queue.html",
        "queue",
        waiting=sum(_waits_for(case, opened.account.id) for case in waiting),
        second=sum(case.status is CaseStatus.NEEDS_SECOND for case in waiting),
        done=done,
        total=len(waiting),
        kind=kind or "",
        tabs=[(each.value, counts[each]) for each in CaseKind],
        cases=[case for case in waiting if kind is None or case.kind is kind],
    )


def _kind(asked: str) -> CaseKind | None:
    try:
        return CaseKind(asked) if asked else None
    except ValueError as error:
        raise BadForm from error


def _waits_for(case: Case, operator_id: str) -> bool:
    """Whether this operator could do something about it now."""
    if case.status is CaseStatus.NEEDS_SECOND:
        return case.first_approver != operator_id
    return case.status is CaseStatus.OPEN


def _midnight(now: int) -> int:
    return now - now % 86_400
