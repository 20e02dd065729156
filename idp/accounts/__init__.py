"""The customer's account: its identifiers, its profile, its state.

`identifiers` turns what a person typed into the one stored spelling (and into the masks shown to others), `account`
is a row in memory, `store` finds and changes rows, `claims` says what an account tells a relying party.
An address or number counts for nothing until its `verified_at` is set.
May import: database, protocol, settings, clock, sealing. Passwords and OTP keys live in `credentials`.
"""
