"""SQLAlchemy's asyncio connections work without its ORM, and whoever came first keeps it."""

import subprocess
import sys

_ASK = """
import asyncio, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

async def ask():
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as db:
        print((await db.execute(text("SELECT 42"))).scalar_one())
    await engine.dispose()

asyncio.run(ask())
print("sqlalchemy.orm" in sys.modules)
"""
_LEAVE_OUT = "from idp.database.without_orm import leave_out_the_orm; leave_out_the_orm()\n"


def _run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_connections_need_no_orm() -> None:
    """A statement runs, and the ORM was never loaded; without us it would have been."""
    assert _run(_LEAVE_OUT + _ASK) == ["42", "False"]
    assert _run(_ASK) == ["42", "True"]


def test_what_is_loaded_already_stays() -> None:
    """Sessions that somebody has imported before are not taken away."""
    program = f"from sqlalchemy.ext.asyncio import AsyncSession\n{_LEAVE_OUT}"
    program += "from sqlalchemy.ext.asyncio.session import AsyncSession as again; print(again is AsyncSession)"
    assert _run(program) == ["True"]
