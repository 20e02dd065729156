"""What may happen to a case of the support desk, whoever asks: the pages of the desk, the command line, the clock.

    opening ─▶ working: notes, evidence, the account ─▶ deciding ─▶ holding ─▶ effects
                 phone_authorisation (the customer) ┘     │  objecting (the owner) stops it before its effect

Each use-case takes the case under a lock, checks who acts, changes it by one conditional UPDATE, and writes the case's
history and the audit log. It raises `Refused`; `acting.carry_out` writes down those that are a matter of rights.
"""
