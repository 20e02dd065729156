"""By which addresses an endpoint of ours is known to whoever calls it."""

from idp.settings import Settings


def addresses_of(path: str, settings: Settings) -> frozenset[str]:
    """From the configuration, never from the request."""
    names = (settings.issuer, settings.mtls_url) if settings.mtls_url else (settings.issuer,)
    return frozenset(f"{name}{path}" for name in names)
