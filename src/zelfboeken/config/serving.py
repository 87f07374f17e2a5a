"""Serving the portal with granian, on a port that is really free."""

from __future__ import annotations

import socket


class PortInUse(RuntimeError):
    """Somebody else listens there; granian would share the port in silence."""

    code = "port_in_use"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Poort {port} op {host} is in gebruik. Kies een andere met --port.")


def require_free_port(host: str, port: int) -> None:
    """Go on only when nobody listens at this address. Raises PortInUse."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortInUse(host, port) from None


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. Raises PortInUse."""
    from granian.constants import Interfaces
    from granian.server import Server

    require_free_port(host, port)
    Server(
        "zelfboeken.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=2,
        workers_kill_timeout=10,
        log_access=False,
    ).serve()
