"""The port at which `idp serve` shows what its processes count: never the public one (WE-16)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from idp.administration.refusal import Refused
from idp.metrics import MetricsListener, counting_together, forget_process


@contextmanager
def open_metrics(host: str, port: int | None, *, processes: int) -> Iterator[Callable[[int], None]]:
    """For the length of the block; what it gives is to be called with the id of each process that has ended.

    Raises `Refused` for a port that is taken. Without a port nobody sees metrics.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(counting_together()) if port is not None and processes > 1 else None
        if port is not None:
            try:
                stack.enter_context(closing(MetricsListener(host, port, together=directory)))
            except OSError as error:
                raise Refused(
                    f"Port {port} on {host} cannot be opened ({error.strerror}): choose another with --metrics-port."
                ) from None
        yield lambda pid: None if directory is None else forget_process(pid, directory)
