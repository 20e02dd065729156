"""The one way out to addresses that others have given us: key sets, request objects, logout endpoints (OU-01, OU-03).

`addresses` decides where a connection may go, `client` sends one bounded request there. Mail and SMS gateways are not
its business: an operator configured them. May import: settings.
"""
