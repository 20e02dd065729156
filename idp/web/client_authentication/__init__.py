"""Who is calling a back-channel endpoint: client authentication (RFC 6749 §2.3), one method, as registered.

    request ─▶ each method says whether it was used ─▶ exactly one ─▶ client ─▶ registered for it? ─▶ its proof

One file for each method, listed in `METHODS`. An unknown client, a wrong proof and a wrong method get the same answer
after the same work (TK-13, TK-16).
"""

from idp.web.client_authentication.authenticate import METHODS, authenticate_client

__all__ = ["METHODS", "authenticate_client"]
