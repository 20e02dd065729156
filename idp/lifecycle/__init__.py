"""What touches several nouns at once: each end of a session, an account's access or a grant, with its mail and audit.

Every function runs in the caller's transaction and is safe to repeat; a lane has one of its own.
May import: every noun, database, protocol.
"""
