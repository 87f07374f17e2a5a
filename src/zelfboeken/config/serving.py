"""Serving the portal with granian, on a port that is really free."""

from __future__ import annotations

import errno
import socket


class CannotListen(RuntimeError):
    """The portal cannot be served at this address; granian would share a used port in silence."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code


def require_free_port(host: str, port: int) -> None:
    """Go on only when nobody listens at this address. Raises CannotListen."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise CannotListen(
            f"{host} is geen adres van deze machine. Kies een ander met --host.", code="host_unknown"
        ) from None
    except OSError as error:
        code, why, way_out = _REASONS.get(
            error.errno, ("cannot_listen", error.strerror or str(error), "Kies een ander adres of een andere poort.")
        )
        raise CannotListen(f"Poort {port} op {host} {why}. {way_out}", code=code) from None


_REASONS: dict[int | None, tuple[str, str, str]] = {
    errno.EADDRINUSE: ("port_in_use", "is in gebruik", "Kies een andere met --port."),
    errno.EACCES: ("port_not_allowed", "is voor de beheerder van deze machine", "Kies een poort vanaf 1024."),
    errno.EADDRNOTAVAIL: ("host_unknown", "is geen adres van deze machine", "Kies een ander met --host."),
}


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. Raises CannotListen."""
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
