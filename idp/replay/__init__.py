"""What may be shown once: the ids of assertions and proofs, kept until they would have expired anyway.

On every node and after a restart, since they are rows. May import: database, sealing.
"""
