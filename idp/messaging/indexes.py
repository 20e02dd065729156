"""The partial index of the `outbox`, apart from its table for the reason that `idp.grants.indexes` gives."""

from sqlalchemy import Index

from idp.messaging.table import failed_with_payload, outbox

outbox_failed_with_payload = Index(
    "ix_outbox_failed_with_payload",
    outbox.c.expires_at,
    postgresql_where=failed_with_payload,
    sqlite_where=failed_with_payload,
)
