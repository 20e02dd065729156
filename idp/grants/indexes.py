"""How PostgreSQL and SQLite keep the table `grants`: for migrations, which alone load this.

To name an option of a database loads SQLAlchemy's dialect for it. A process that serves needs one of the two, and the
other one is 3 MB.
"""

from sqlalchemy import Index

from idp.grants.table import grants, is_revoked, is_unredeemed

# Room in each page for the next version of a row. 40,000 random refreshes of 20,000 grants were in place at 90 % to the
# last one, in a table that did not grow; at 100 % only 89 to 98 % of them, and it grew by a tenth.
grants.kwargs["postgresql_with"] = {"fillfactor": 90}

# The id, too: one act may revoke a million grants in the same second.
grants_unredeemed = Index(
    "ix_grants_unredeemed",
    grants.c.code_expires_at,
    grants.c.id,
    postgresql_where=is_unredeemed,
    sqlite_where=is_unredeemed,
)
grants_revoked = Index(
    "ix_grants_revoked",
    grants.c.revoked_at,
    grants.c.id,
    postgresql_where=is_revoked,
    sqlite_where=is_revoked,
)
