"""Mails and SMS: queued in the transaction that causes them, sent by a worker, shown in development as files.

    enqueue(db, …)  →  outbox row (payload sealed)  →  OutboxWorker: claim → compose → gateway → sent | retry | failed

A message is a `kind` and its values; its words are the templates in `templates/messages/`, in the recipient's
language. Links are built from the configured issuer alone. May import: database, protocol, localization, and below.
"""
