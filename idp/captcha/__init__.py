"""Proof that a form was not sent by a program: challenges, and what was spent of them.

Every challenge and every waiting token works once, on every node: what was used stands in `spent_challenges` until it
would have expired anyway. May import: database, protocol, settings, clock, sealing.
"""
