"""What the metrics of this process say."""

from collections.abc import Iterator
from contextlib import contextmanager

from idp.metrics import REGISTRY


def counted(name: str, **labels: str) -> float:
    """The value of one series; 0 for one that there is not yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@contextmanager
def rises(name: str, by: float = 1, **labels: str) -> Iterator[None]:
    """The block makes the series grow by exactly so much, whatever was counted before."""
    before = counted(name, **labels)
    yield
    assert counted(name, **labels) - before == by, f"{name} {labels}"
