"""The columns in which a session or a grant remembers its browser, and their way to and from a `Binding`."""

from typing import Any

from sqlalchemy import Column, Integer, Row, String, Text

from idp.protocol.user_agent_binding import Binding, BindingMode


def user_agent_columns() -> tuple[Column[Any], ...]:
    """For a `table.py`; new objects each time, since a column belongs to one table."""
    return (
        Column("ua_mode", String(16), nullable=False),  # exact, stable, off, product, unbound
        Column("ua_raw", Text, nullable=False),
        Column("ua_family", String(64), nullable=False),
        Column("ua_platform", String(64), nullable=False),
        Column("ua_device_class", String(16), nullable=False),
        Column("ua_version", Integer, nullable=False),
        Column("ua_parser", String(32), nullable=False),
    )


USER_AGENT_COLUMNS = tuple(column.name for column in user_agent_columns())


def binding_values(binding: Binding) -> dict[str, Any]:
    """What to write for a binding."""
    return {
        "ua_mode": binding.mode,
        "ua_raw": binding.raw,
        "ua_family": binding.family,
        "ua_platform": binding.platform,
        "ua_device_class": binding.device_class,
        "ua_version": binding.version,
        "ua_parser": binding.parser,
    }


def binding_of(row: Row[Any]) -> Binding:
    return Binding(
        mode=BindingMode(row.ua_mode),
        raw=row.ua_raw,
        family=row.ua_family,
        platform=row.ua_platform,
        device_class=row.ua_device_class,
        version=row.ua_version,
        parser=row.ua_parser,
    )
