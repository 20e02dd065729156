"""The HTTP toolbox that endpoints and the login conversation share; it knows no flow and makes no decision.

`middleware/` wraps every request (headers, limits, request id); `plain` is the request and response of the hot path;
cookies, CSRF tokens, client authentication and bearer tokens are read here and handed on as values; `pages` renders
a template in the reader's language, with the words of `messages`.

It may import `wiring`, `lifecycle` and everything below them; it imports nothing from `endpoints` or `interaction`.
"""
