"""The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2.1).

parameters ─▶ unpacked (a signed object, a reference, a pushed request) ─▶ redirect URI proven (else a page)
  ─▶ checks in order (else an error redirect)
  ─▶ the dispatcher: nothing needed: a code · `prompt=none`: that prompt's error · else: 303 to its page
"""
