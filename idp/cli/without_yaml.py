"""The parser of User-Agent headers without PyYAML, which nobody who serves needs.

`ua_parser` imports it where it is installed, to read patterns from files, of which there are none here: 1.0 MB of every
process that serves.
"""

import sys
from importlib import import_module
from typing import Any


def load_agent_parser() -> None:
    """While it is loaded, PyYAML is not to be found; afterwards everybody finds it again."""
    modules: dict[str, Any] = sys.modules
    if "yaml" not in modules:
        modules["yaml"] = None  # an import raises `ModuleNotFoundError`
        try:
            import_module("ua_parser")
        finally:
            del modules["yaml"]
