"""What clients are told in place of our own identifiers, where each sector is told something else (OIDC Core §8.1).

    account id, session id ──seal with the sector──▶ `sub`, `sid` ──open with the sector──▶ account id, session id

The key is the installation's, made once and never rotated: another key would make every person a stranger.
"""
