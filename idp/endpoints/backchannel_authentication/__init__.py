"""CIBA: `POST /bc-authorize` (OpenID Connect Client-Initiated Backchannel Authentication Core 1.0 §7).

client ─▶ authenticated ─▶ signed request opened ─▶ checks in order ─▶ the person is found ─▶ row, mail
   └─▶ auth_req_id, polls the token endpoint, or is pinged first        the person ─▶ /account/requests ─▶ /approve
"""
