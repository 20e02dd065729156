"""A device without a browser: a relying party in a terminal (RFC 8628)."""
