"""Front-channel logout: the frames that tell clients through the person's own browser (Front-Channel Logout §2)."""

from urllib.parse import urlencode

from idp.clients.client import Client


def frame_url(client: Client, session_id: str, *, issuer: str) -> str | None:
    """The registered address with `iss` and `sid` added and nothing else; None where the client has none."""
    uri = client.logout.frontchannel_logout_uri
    if uri is None:
        return None
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': issuer, 'sid': session_id})}"
