"""Browser sessions: who is signed in, in which browser, proven by what and when.

A session is opened by the first factor and is `partial` until everything the account itself demands is proven; a
partial session is good for nothing but the next prompt. The cookie's secret changes at every gain of privilege; the
row (and the `sid` claim) stays. May import: database, protocol, sealing.
"""
