"""The provider's own signing keys: ES256, EdDSA (Ed25519), RS256 and PS256, one lineage each.

    next ──rotate, once caches know it──▶ current ──rotate──▶ previous ──last token expired──▶ retired

`rotation` makes and moves keys in the database, `ring` holds what a process signs and verifies with, `sign` and
`verify` are the only places where tokens of our own are made and read. `signing_turn` makes the signatures of requests
that are under way together. `encryption` has the keys that clients encrypt to. joserfc lives here. May import:
database, protocol, sealing.
"""
