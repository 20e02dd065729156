"""What happened, to whom, by whom, from where: an append-only log for operators and for the account's own history.

    await record(db, Event.LOGIN_FAILED, outcome="failure", origin=origin, account_id=…, details={"reason": …})

A row is written in the transaction of what it tells about, so that neither exists without the other. Values are
cleaned of control characters and cut; no secret is ever written. May import: database, protocol, and below.
"""
