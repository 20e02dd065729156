"""The Global client portal: a relying party on an origin of its own, written with Authlib's Starlette client.

`configuration` reads the environment · `browser_sessions` keeps tokens on the server · `provider` speaks OpenID
Connect · `story` records each step for the dashboard · `sign_in`, `dashboard` and `partner` are the pages' routes ·
`back_channel` hears of logouts elsewhere, `logout_tokens` checks what it is told ·
`pages` and `texts` are what people see · `app` puts it together. It imports nothing of the provider.
"""
