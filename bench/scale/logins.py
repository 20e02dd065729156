"""People who log in beside the refreshes, on browsers that they have used before: a plan for `bench/load/visit.mjs`."""

from urllib.parse import urlencode

from bench.load import Plan
from bench.scale.provider import PEOPLE
from bench.scale.rows import CLIENT_IDS, USER_AGENT
from bench.servers.server import CHALLENGE, PASSWORD
from idp.settings import Settings
from idp.web.cookies import DEVICE


def logins(settings: Settings, port: int, seconds: float) -> Plan:
    """From the authorization request to the code, one person on each connection, again and again."""
    redirect_uri = f"https://{CLIENT_IDS[0]}.example/cb"
    request = {
        "client_id": CLIENT_IDS[0],
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": "openid profile email",
        "state": "a-state-of-the-benchmark",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {
        "program": "visit",
        "url": f"http://127.0.0.1:{port}",
        "issuer": settings.issuer,
        "headers": {"host": "localhost:8000", "user-agent": USER_AGENT, "accept": "text/html"},
        "connections": len(PEOPLE),
        "seconds": seconds,
        "authorize": f"/authorize?{urlencode(request)}",
        "redirectUri": redirect_uri,
        "logins": [{"username": email, "password": PASSWORD} for email in PEOPLE],
        "remembers": [DEVICE],
    }
