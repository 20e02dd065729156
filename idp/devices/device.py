"""A browser, known by the digest of its cookie."""

from idp.sealing import digest, new_secret


def new_device_secret() -> str:
    """The value of a new device cookie."""
    return new_secret()


def device_id_of(cookie_secret: str) -> str:
    """What stands for the browser everywhere but in its own cookie."""
    return digest(cookie_secret)
