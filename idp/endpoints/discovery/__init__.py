"""Discovery (OIDC Discovery §3, RFC 8414 §2) and the JWKS: bytes from configuration, never from a request (WE-09).

Each feature says for itself what it offers, in a section of its own under `sections/`; the document is their sum.
"""

from idp.endpoints.discovery.document import provider_metadata
from idp.endpoints.discovery.endpoints import prepared_answers, prepared_endpoint

__all__ = ["prepared_answers", "prepared_endpoint", "provider_metadata"]
