"""How often something may be tried.

`attempts` counts guesses at one account's secret, in the database, before the secret is looked at: it holds on every
node and under parallel tries. `addresses` counts requests per network address, in memory or in Valkey: it may be lost.
May import: database, clock, sealing. Who is counted, and what happens then, is the caller's business.
"""
