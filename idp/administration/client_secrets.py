"""Where the secret of a declared client comes from: the environment or a file, never `clients.yaml` itself."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from idp.administration.refusal import Refused
from idp.sealing import new_secret

# Secrets are stored as a plain digest, which is safe for random values only.
_SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class SecretReference:
    """`{env: NAME}`, or `{file: path}` with `generate: true` where `apply` shall make the file."""

    variable: str | None = None
    file: Path | None = None
    generate: bool = False


def read_secret(reference: SecretReference, environment: Mapping[str, str]) -> str | None:
    """The secret; None when its file is still to be generated. Raises `Refused`."""
    if reference.file is None:
        return _checked(environment.get(reference.variable or "", ""), f"the environment variable {reference.variable}")
    try:
        text = reference.file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if reference.generate:
            return None
        raise Refused(f"The file {reference.file} is missing: write the client's secret into it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The file {reference.file} cannot be read: {type(error).__name__}.") from error
    return _checked(text, f"the file {reference.file}")


def make_secret_file(path: Path) -> str:
    """Writes a new secret that only the owner may read, and returns it. Of several makers at once, the first wins."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(new_secret() + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # a rename would replace what another process has just written
        Path(draft).unlink()
        return _checked(path.read_text(encoding="utf-8"), f"the file {path}")
    except OSError as error:
        raise Refused(f"The file {path} cannot be written: {error.strerror}.") from error


def _checked(text: str, place: str) -> str:
    secret = text.strip()
    if not secret:
        raise Refused(f"There is no client secret in {place}.")
    if len(secret) < _SHORTEST_SECRET or not secret.isprintable() or not secret.isascii():
        raise Refused(
            f"The client secret in {place} is not {_SHORTEST_SECRET} or more random ASCII characters: "
            "make one with `openssl rand -hex 32`."
        )
    return secret
