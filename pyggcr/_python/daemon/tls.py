"""What is trusted and what is shown on connections with TLS (go-connections/tlsconfig)."""

from __future__ import annotations

import ssl

from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.sockets import PatientTLSSocket
from pyggcr._python.remote.tls import read_pem, show, trust
from pyggcr.errors import FileAccessError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.daemon import DaemonOptions

__all__ = ["tls_context"]

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
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif options.ca_file is None:
        context.load_default_certs()
    else:
        file = quote(options.ca_file)
        pem = _read(options.ca_file, f"{_CONFIGURE}could not read CA certificate {file}: ")
        trust(context, pem, f"{_CONFIGURE}failed to append certificates from PEM file: {file}")
    if options.client_certificate is not None and options.client_key is not None:
        for path in (options.client_certificate, options.client_key):
            _read(path, _KEY_PAIR)  # for its errors
        show(context, options.client_certificate, options.client_key, _KEY_PAIR)
    return context


def _read(path: str, prefix: str) -> bytes:
    try:
        return read_pem(path)
    except FileAccessError as error:
        raise type(error)(f"{prefix}{error}", error.errno) from None
