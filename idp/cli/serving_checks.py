"""What may stand in the way of serving: each is a sentence that says what to do."""

import ssl
from pathlib import Path

from idp.administration.refusal import Refused
from idp.settings import Mode, Settings
from idp.web.tls import server_context
from idp.wiring import Wiring, build_wiring


def refuse_unsafe(settings: Settings) -> None:
    """Raises `Refused` with everything that is missing, in one sentence each."""
    problems = []
    if settings.mode is not Mode.PRODUCTION:
        problems.append("IDP_MODE is development: unset it, or run `idp dev`.")
    if not settings.has_tls:
        problems.append("IDP_ISSUER is missing or not https: set it to the public address, https://login.example.com.")
    if not settings.master_key.get_secret_value():
        problems.append("IDP_MASTER_KEY is missing: make one with `idp keys new-master`, and keep it.")
    if not settings.smtp_host or not settings.mail_from:
        problems.append("No mail gateway: set IDP_SMTP_HOST and IDP_MAIL_FROM.")
    if problems:
        raise Refused("\n".join(problems))


def read_tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """None without the two files; raises `Refused` for one of them alone, and for files that are no such thing."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise Refused("--tls-certificate and --tls-key belong together.")
    try:
        return server_context(certificate, key)
    except (OSError, ValueError):
        raise Refused(f"{certificate} and {key} are no certificate and private key (PEM) that fit together.") from None


def checked_wiring(settings: Settings) -> Wiring:
    """Raises `Refused` with the name of a setting that does not work."""
    try:
        return build_wiring(settings)
    except ValueError as error:
        raise Refused(f"{error}.") from None
