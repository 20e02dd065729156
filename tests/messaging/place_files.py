"""Writes tiny databases of places, by another program than the one that reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

BRNO = {"city": {"names": {"en": "Brno", "de": "Brünn"}}, "country": {"iso_code": "CZ", "names": {"en": "Czechia"}}}


def write_places(path: Path, places: Mapping[str, Any]) -> str:
    """Networks and their records, as GeoLite2 City has them; the path."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
    for network, record in places.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return str(path)
