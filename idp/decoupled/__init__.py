"""Authorizations without a redirect: the person answers on another device than the one that asks.

Two kinds share one life. A device without a browser shows a user code, which somebody types in elsewhere (RFC 8628);
a client names the person, who is told by mail (CIBA: OpenID Connect Client-Initiated Backchannel Authentication).

    asked ─▶ pending ─▶ approved (a grant waits) ─▶ redeemed (the grant is active)
                 └────▶ denied

Meanwhile the client asks the token endpoint again and again, at a pace that is kept here. What a client or a person
holds (device code, `auth_req_id`, user code) is stored as a digest. May import: database, protocol, sealing.
"""
