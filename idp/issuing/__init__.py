"""Turns a grant into what a client is given: subject, access token (RFC 9068), ID token, refresh token.

    grant ─▶ access token ─▶ ID token (knows the access token's hash) ─▶ the answer of RFC 6749 §5.1

Whoever opens or redeems a grant asks here: the token endpoint, and the authorization endpoint for what it answers at
the front. Nothing here decides whether a token may be given.
"""

from idp.issuing.authorization_answer import authorization_answer
from idp.issuing.token_answer import tokens_of_grant

__all__ = ["authorization_answer", "tokens_of_grant"]
