"""The support desk: what operators see, one file per page. Every page is guarded by `guard.desk_page`.

An operator sees an account without being able to take it over: hints, no address in full but with a reason, no
password, no key, no code. What weakens an account is asked for here and decided in `administration/cases`.
"""

from idp.endpoints.desk import audit, customers, queue, requests, search

DESK_PAGES = (queue, search, customers, requests, audit)
