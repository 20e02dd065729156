"""How the difference between `clients.yaml` and the database is shown."""

from collections.abc import Sequence
from typing import Any

from idp.administration.plan import Action, ClientPlan

_SIGNS = {
    Action.CREATE: "+",
    Action.CHANGE: "~",
    Action.DISABLE: "-",
    Action.DRIFT: "!",
    Action.UNCHANGED: " ",
}


def plan_data(plan: ClientPlan) -> dict[str, Any]:
    """One client's plan as JSON."""
    return {
        "client_id": plan.client_id,
        "action": plan.action.value,
        "reason": plan.reason,
        "changes": [{"member": each.member, "before": each.before, "after": each.after} for each in plan.changes],
        "new_secret": plan.new_secret,
        "enable": plan.enable,
    }


def describe(plans: Sequence[ClientPlan]) -> str:
    """The plans for people: one line for a client, one for each member that changes."""
    return "\n".join(line for plan in plans for line in _describe(plan)) or "No client is declared."


def _describe(plan: ClientPlan) -> list[str]:
    reason = f": {plan.reason}" if plan.reason else ""
    described = [f"{_SIGNS[plan.action]} {plan.client_id}  {plan.action.value}{reason}"]
    if plan.action is not Action.CREATE:
        described += [f"    {each.member}: {each.before!r} → {each.after!r}" for each in plan.changes]
        described += ["    secret: a new one"] if plan.new_secret else []
    described += ["    status: disabled → active"] if plan.enable else []
    return described
