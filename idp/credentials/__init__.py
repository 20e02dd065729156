"""What proves a person: password hashes, OTP keys, one-time codes and links.

`password_policy` judges a new password, `password_hashing` hashes in a small pool beside the event loop, `otp` is
RFC 6238, `recovery_codes` stand in for it, `store` keeps hashes and sealed keys, `one_time_codes` issues and redeems
what is mailed or texted.
Everything that works once is spent by one conditional UPDATE; how often it may be tried is `throttling`'s business.
May import: database, protocol, settings, clock, sealing.
"""
