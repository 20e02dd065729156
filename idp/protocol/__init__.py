"""The vocabulary and the rules of OAuth 2.0 and OpenID Connect, and of the User-Agent binding.

Raw bytes become parameters, parameters become an authorization request, a request and an account become claims.
Everything here is pure: no input or output, no clock, no framework, no stored state. Whatever the outside can send is
refused with an `OAuthError` whose words never repeat what was sent.

May import: settings, clock, sealing, localization.
"""
