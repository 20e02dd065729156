"""An example resource server: it takes this provider's access tokens (RFC 9068) and asks for step-up (RFC 9470).

`access_tokens` checks a token without asking anybody · `introspection` asks the provider · `app` holds the routes ·
`configuration` reads the environment. It imports nothing of the provider.
"""
