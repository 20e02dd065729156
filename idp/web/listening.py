"""Takes an address to listen on. Whoever only does that, as a supervisor, loads nothing of the server."""

import socket


def bind(host: str, port: int) -> socket.socket:
    """A listening address, taken before anything else is done; raises `OSError` (EADDRINUSE: somebody has it)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
