"""Tells relying parties that a session has ended: over the back channel, through the browser, or to who watches.

    lifecycle queues a notice ─▶ `back_channel` signs a token and posts it, at every try anew
    the logout endpoint ─▶ `first_try` ─▶ its page says who could not be reached; the outbox goes on trying
                        ─▶ `front_channel` ─▶ a frame for each client on that page

May import: `issuing`, `wiring` and everything below.
"""
