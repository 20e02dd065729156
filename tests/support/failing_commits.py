"""A database whose commits fail on demand, when every statement has gone well: a foreign key is checked last."""

from sqlalchemy import text

from idp.database.engine import Database

_TABLES = (
    "CREATE TABLE commits_fail (really integer NOT NULL)",
    "CREATE TABLE nobody (id integer PRIMARY KEY)",
    "CREATE TABLE orphans (parent integer REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED)",
)
_SQLITE_TRIGGER = (
    "CREATE TRIGGER doom AFTER UPDATE ON grants WHEN EXISTS (SELECT 1 FROM commits_fail) "
    "BEGIN INSERT INTO orphans VALUES (1); END",
)
_POSTGRESQL_TRIGGER = (
    "CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF EXISTS (SELECT 1 FROM commits_fail) THEN INSERT INTO orphans VALUES (1); END IF; RETURN NULL; END $$",
    "CREATE TRIGGER doom AFTER UPDATE ON grants FOR EACH STATEMENT EXECUTE FUNCTION doom()",
)


async def install_failing_commits(database: Database) -> None:
    """From here on `fail_commits` decides about every transaction that updates a grant."""
    async with database.writing() as db:
        for statement in (*_TABLES, *(_SQLITE_TRIGGER if database.is_sqlite else _POSTGRESQL_TRIGGER)):
            await db.execute(text(statement))


async def fail_commits(database: Database, *, really: bool) -> None:
    """Until it is said otherwise."""
    async with database.writing() as db:
        await db.execute(text("DELETE FROM commits_fail"))
        if really:
            await db.execute(text("INSERT INTO commits_fail VALUES (1)"))
