"""By which addresses an endpoint of ours is known to whoever calls it."""

from idp.settings import Settings


def addresses_of(path: str, settings: Settings) -> frozenset[str]:
    """From the configuration, never from the request."""
    return frozenset({f"{settings.issuer}{path}"})
