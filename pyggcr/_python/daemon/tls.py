"""What is trusted and what is shown on connections with TLS (go-connections/tlsconfig)."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from pyggcr._gostd.osfile import File
from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.sockets import PatientTLSSocket
from pyggcr.errors import FileAccessError, UnsupportedOptionError

if TYPE_CHECKING:
    from pyggcr.daemon_values import DaemonOptions

__all__ = ["tls_context"]

_READ_SIZE = 16 << 20  # bytes; no file of certificates is longer
_CONFIGURE = "configure TLS: "
_KEY_PAIR = f"{_CONFIGURE}could not load X509 key pair: "


def tls_context(options: DaemonOptions) -> ssl.SSLContext:
    """The settings of the options; a file of certificates stands in place of the system's.

    Raises:
        FileAccessError: a file cannot be read.
        UnsupportedOptionError: there is no certificate in it, or not the key's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = PatientTLSSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif options.ca_file is None:
        context.load_default_certs()
    else:
        _trust(context, options.ca_file)
    if options.client_certificate is not None and options.client_key is not None:
        _show(context, options.client_certificate, options.client_key)
    return context


def _trust(context: ssl.SSLContext, file: str) -> None:
    reading = f"{_CONFIGURE}could not read CA certificate {quote(file)}: "
    text = _read(file, reading).decode("ascii", "ignore")  # no other will Python take
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise UnsupportedOptionError(
            f"{_CONFIGURE}failed to append certificates from PEM file: {quote(file)}"
        ) from None


def _show(context: ssl.SSLContext, certificate: str, key: str) -> None:
    for file in (certificate, key):
        _read(file, _KEY_PAIR)  # for its errors
    try:
        # A password would be asked for at the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UnsupportedOptionError(f"{_KEY_PAIR}{reason}") from None


def _no_password() -> str:
    raise ValueError(
        "private key is encrypted; encrypted private keys are obsolete, and not supported"
    )


def _read(path: str, prefix: str) -> bytes:
    try:
        file = File(path)
        try:
            return file.read_at(0, _READ_SIZE)
        finally:
            file.close()
    except FileAccessError as error:
        raise type(error)(f"{prefix}{error}", error.errno) from None
