"""The listening socket of the web processes. Bound once, handed on by descriptor."""

import errno
import ipaddress
import socket

BACKLOG = 2048
# Inherited by accepted sockets. The kernel's default lets a client that never reads hold 4 MB.
SEND_BUFFER_BYTES = 128 * 1024
# Data that a client doesn't acknowledge for so long ends its connection.
USER_TIMEOUT_MS = 20_000


class CannotListen(Exception):
    """The address cannot be listened on. The message is one line and says what to do."""


def bound(address: str, port: int) -> socket.socket:
    """Return a socket that listens on the address. Port 0: one that is free.

    Raises:
        CannotListen: the port is in use or not for us, or the address isn't this machine's.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as exc:
        raise CannotListen(f"BIND_ADDR={address} is no address: {exc.strerror}.") from None
    listener = socket.socket(family, kind, protocol)
    try:
        # Lets a new start have the port while old connections linger; not while one listens.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        raise CannotListen(_why(exc, address, port)) from None
    return listener


def url_host(listener: socket.socket) -> str:
    """Return host:port as a browser on this machine would call the socket."""
    address, port = listener.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:
        address = "127.0.0.1"
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _why(exc: OSError, address: str, port: int) -> str:
    if exc.errno == errno.EADDRINUSE:
        return f"Port {port} on {address} is in use: stop what uses it, or set BIND_PORT."
    if exc.errno == errno.EACCES:
        return f"Port {port} is not for ordinary users: set BIND_PORT to 1024 or more."
    return f"Nothing can listen on {address}:{port} ({exc.strerror}): set BIND_ADDR or BIND_PORT."
