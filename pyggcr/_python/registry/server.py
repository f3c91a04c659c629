"""Where a registry listens: an address as Go takes it, TLS, and an HTTP server on it."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Callable

from pyggcr._python.registry.exchange import Answer, Request
from pyggcr._python.registry.http_server import HTTPServer
from pyggcr.errors import TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from pyggcr._values.registry import ServerCertificate

__all__ = ["RegistryServer"]

_PORT = re.compile("[+-]?[0-9]{1,18}|")
_LAST_PORT = 65535
_BACKLOG = 128


class RegistryServer:
    """A registry that is served; ``address`` is its host and port."""

    def __init__(
        self,
        address: str,
        application: Callable[[Request], Answer],
        tls: ServerCertificate | None,
        *,
        strict: bool = False,
    ) -> None:
        """Begin to serve.

        Args:
            address: host and port; port 0 for any that is free.
            application: answers requests.
            tls: the certificate to show; ``None`` for plain HTTP.
            strict: refuse what Go lets pass, and in JSON.
        """
        context = None if tls is None else _tls_context(tls)
        listener = _listen(address)
        host, port = listener.getsockname()[:2]
        self.address = f"{f'[{host}]' if ':' in host else host}:{port}"
        self._server = HTTPServer(listener, application, context, strict=strict)

    def close(self) -> None:
        """Stop listening, cut all connections and wait for their threads. Idempotent."""
        self._server.close()


def _listen(address: str) -> socket.socket:
    host, port = _host_and_port(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except socket.gaierror as error:
        listener.close()
        raise TransportError(f"listen tcp: lookup {host}: no such host") from error
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno or 0).lower()
        raise TransportError(f"listen tcp {address}: bind: {reason}") from error
    return listener


def _tls_context(tls: ServerCertificate) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    # Package ssl takes keys from files only.
    with tempfile.NamedTemporaryFile(prefix="pyggcr-") as file:
        file.write(tls.certificate.rstrip() + b"\n" + tls.key)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except (ssl.SSLError, ValueError) as error:
            raise TransportError(f"tls: failed to load the certificate: {error}") from None
    return context


def _host_and_port(address: str) -> tuple[str, int]:
    """The parts of an address to listen on (``net.Listen``).

    Raises:
        TransportError: it is none.
    """
    host, colon, port = address.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    fault = ""
    if not colon:
        fault = f"address {address}: missing port in address"
    elif host.startswith("[") != host.endswith("]"):
        fault = f"address {address}: missing ']' in address"
    elif ":" in host and bare == host:
        fault = f"address {address}: too many colons in address"
    elif not _PORT.fullmatch(port):
        fault = f"lookup tcp/{port}: unknown port"
    elif not 0 <= int(port or 0) <= _LAST_PORT:
        fault = f"address {port}: invalid port"
    if fault:
        raise TransportError(f"listen tcp: {fault}")
    return bare, int(port or 0)
