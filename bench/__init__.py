"""Measurements: how much work a core does, where its time goes, what the time of an answer tells. No test asserts any.

    python -m bench                    this provider beside npm oidc-provider (`make bench`)
      scenarios ─▶ benchmark ─▶ servers/ (filled, pinned) ─▶ checks ─▶ measure ─▶ load/ (Node) ─▶ report, results
    python -m bench.flood              what ten times too many logins leave of a worker (`make bench-flood`)
    python -m bench.scale              the same refreshes with up to ten million grants (`make bench-scale`)
    python -m bench.soak               what a worker holds in memory after an hour of load (`make bench-soak`)
    python -m bench.profile            a flame graph of one scenario (`make profile`)
    python -m bench.publish            the newest result as a picture and a table
    python -m bench.recovery_timing    whether a password recovery tells who has an account

May import from `idp` and from `tests.support`; nothing imports it but its own tests.
"""
