"""How PostgreSQL and SQLite keep the table `grants`: for migrations, which alone load this.

To name an option of a database loads SQLAlchemy's dialect for it. A process that serves needs one of the two, and the
other one is 3 MB.
"""

from sqlalchemy import Column, ColumnElement, Index

from idp.grants.table import grants, is_revoked, is_unredeemed

# Room in each page for the next version of a row. 40,000 random refreshes of 20,000 grants were in place at 90 % to the
# last one, in a table that did not grow; at 100 % only 89 to 98 % of them, and it grew by a tenth.
grants.kwargs["postgresql_with"] = {"fillfactor": 90}


def _partial(name: str, over_at: Column[int], condition: ColumnElement[bool]) -> Index:
    """The id, too: one act may revoke a million grants in the same second."""
    return Index(name, over_at, grants.c.id, postgresql_where=condition, sqlite_where=condition)


grants_unredeemed = _partial("ix_grants_unredeemed", grants.c.code_expires_at, is_unredeemed)
grants_revoked = _partial("ix_grants_revoked", grants.c.revoked_at, is_revoked)
