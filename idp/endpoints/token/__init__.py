"""The token endpoint (RFC 6749 §3.2): plain ASGI, one file per grant type.

    form ─▶ client authenticated (from memory) ─▶ grant type ─▶ one conditional UPDATE, committed ─▶ signed ─▶ answer

A refusal that changes state (a replayed code, a reused refresh token, another browser) is returned and committed, never
raised through the transaction.
"""
