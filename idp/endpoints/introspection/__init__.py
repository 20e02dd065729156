"""`POST /introspect`: what a token stands for (RFC 7662), as JSON or, on request, as a signed JWT (RFC 9701)."""

from idp.endpoints.introspection.endpoint import introspection_endpoint

__all__ = ["introspection_endpoint"]
