"""Grants: one row per authorization, from its code to its revocation, and the consents that outlive them.

Codes and refresh tokens are handles (`handle.py`): key id, grant id, generation and a MAC. Nothing secret is stored, a
forged one dies before the database, and the handle of a generation is a pure function, so that a retry gets the same
successor again. Opening, redeeming and rotating are one conditional statement each (`store.py`), which also test the
account, the session and the browser; only when no row came back does a SELECT find out why (`refusal.py`).
May import: database, protocol, sealing.
"""
