"""Figures and rows as a run would leave them."""

from typing import Any

from bench.measure import Figures
from bench.report import Row
from bench.scenarios import Target


def figures(rate: float, **changes: float) -> Figures:
    """Of a server that had its core to itself."""
    usual = {"slowest": rate, "fastest": rate, "p50": 4.0, "p99": 9.0, "cpu_us": 400.0, "server_cpu": 0.98}
    return Figures(**{"rate": rate, "load_cpu": 0.3, **usual, **changes})


def row(ours: Figures, peer: Figures, target: Target | None = None, **changes: Any) -> Row:
    """Of a scenario that waits for no disk."""
    names = {"scenario": "jwks", "title": "JWKS", "database": "sqlite", "algorithm": "ES256", "connections": 64}
    return Row(**{**names, "ours": ours, "peer": peer, "target": target, **changes})
