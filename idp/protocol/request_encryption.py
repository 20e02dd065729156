"""How a request object may be encrypted to us (RFC 7518 §4.6, §5): one way to agree on a key, two ways to use it.

RSA1_5, dir and PBES2 are nobody's here.
"""

KEY_ALGORITHM = "ECDH-ES+A256KW"
CONTENT_ALGORITHMS = ("A256GCM", "A128CBC-HS256")
