"""What the outside calls: one file per endpoint, or a folder once it outgrows that. Endpoints do not know each other.

Pages are FastAPI routes; the hot path (`token`, `introspection`, `userinfo`, `discovery`) is plain ASGI (`web.plain`).
May import: interaction, administration, web and everything below.
"""
