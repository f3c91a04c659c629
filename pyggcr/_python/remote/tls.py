"""What is trusted and what is shown on connections with TLS: the system's certificates and ours."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

from pyggcr._gostd.osfile import File
from pyggcr._python.remote.sockets import PatientTLSSocket
from pyggcr.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from pyggcr.remote_values import RemoteOptions

__all__ = ["context_of_files", "context_of_system"]

_READ_SIZE = 16 << 20  # bytes; no file of certificates is longer


def context_of_files(options: RemoteOptions) -> ssl.SSLContext | None:
    """The settings of options that name files; none without: the system's will do.

    Raises:
        FileAccessError: a file cannot be read.
        UnsupportedOptionError: there is no certificate in it, or not the key's.
    """
    if options.ca_file is None and options.client_certificate is None:
        return None
    context = _make(options.insecure)
    if options.ca_file is not None:
        text = _read(options.ca_file).decode("ascii", "ignore")  # no other will Python take
        try:
            context.load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError):
            raise UnsupportedOptionError(f"no certificates in ca_file {options.ca_file}") from None
    if options.client_certificate is not None:
        for file in (options.client_certificate, options.client_key):
            if file is not None:
                _read(file)  # for its errors
        try:
            context.load_cert_chain(options.client_certificate, options.client_key)
        except ssl.SSLError as error:
            raise UnsupportedOptionError(f"client_certificate: {error.reason or error}") from None
    return context


@functools.cache
def context_of_system(insecure: bool) -> ssl.SSLContext:
    """Trust as the system does. Read once, as in Go: that takes longer than many a call."""
    return _make(insecure)


def _make(insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = PatientTLSSocket
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _read(path: str) -> bytes:
    file = File(path)
    try:
        return file.read_at(0, _READ_SIZE)
    finally:
        file.close()
