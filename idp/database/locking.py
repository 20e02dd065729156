"""Locks are taken in the order of ids: of two transactions that want the same rows one waits, and neither fails.

PostgreSQL alone needs it; on SQLite one transaction writes at a time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, select


def in_lock_order(key: Column[str], conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """For `UPDATE … WHERE id IN (…)`: the ids for which `conditions` hold, each locked before the next is looked at."""
    return select(key).where(*conditions).order_by(key).with_for_update()
