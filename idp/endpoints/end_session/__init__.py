"""`/logout` and `/logged-out`: RP-initiated logout (OIDC RP-Initiated Logout 1.0), and the sign-out of our own pages.

request (what is asked, as far as it is proven) ─▶ routes (end it, or ask the person) ─▶ ending (sessions, notices)
                                                                                      ─▶ signed_out (the last page)
"""

from idp.endpoints.end_session import routes, signed_out

LOGOUT_PAGES = (routes, signed_out)
