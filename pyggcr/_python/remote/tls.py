"""What is trusted and what is shown on connections with TLS: the system's certificates and ours."""

from __future__ import annotations

import functools
import os
import re
import ssl
import weakref

from pyggcr._os.file import File
from pyggcr._python.remote.sockets import PatientTLSSocket
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.remote import RemoteOptions

__all__ = [
    "context_of_files",
    "context_of_system",
    "has_unread",
    "read_all_trusted",
    "read_pem",
    "show",
    "trust",
]

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")  # names in a folder that OpenSSL looks up by subject
# Files of trusted certificates beside such a folder that were not read yet.
_unread: weakref.WeakKeyDictionary[ssl.SSLContext, str] = weakref.WeakKeyDictionary()

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
        refusal = f"no certificates in ca_file {options.ca_file}"
        trust(context, read_pem(options.ca_file), refusal)
    if options.client_certificate is not None:
        for file in (options.client_certificate, options.client_key):
            if file is not None:
                read_pem(file)  # for its errors
        show(context, options.client_certificate, options.client_key, "client_certificate: ")
    return context


def trust(context: ssl.SSLContext, pem: bytes, refusal: str) -> None:
    """Trust the certificates in a file's content.

    Raises:
        UnsupportedOptionError: there is none in it; the text is ``refusal``.
    """
    try:
        # Python takes ASCII only; what else there is are remarks.
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        raise UnsupportedOptionError(refusal) from None


def show(context: ssl.SSLContext, certificate: str, key: str | None, prefix: str) -> None:
    """Show a certificate to servers; its key may be in the same file.

    Raises:
        UnsupportedOptionError: it is none, or not the key's, or the key is encrypted; the text
            begins with ``prefix``.
    """
    try:
        # A password would be asked for at the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UnsupportedOptionError(f"{prefix}{reason}") from None


def _no_password() -> str:
    raise ValueError(
        "private key is encrypted; encrypted private keys are obsolete, and not supported"
    )


@functools.cache
def context_of_system(insecure: bool) -> ssl.SSLContext:
    """Trust as the system does. Read once, as in Go: that takes longer than many a call."""
    return _make(insecure)


def _make(insecure: bool) -> ssl.SSLContext:
    context = _trusting_the_system()
    context.sslsocket_class = PatientTLSSocket
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trusting_the_system() -> ssl.SSLContext:
    """The system's certificates, from its folder as far as that has those that are asked for.

    Reading the one file of them all takes 30 ms. It is read where the folder has no certificate
    that a server's leads to, so that in the end what is trusted is what is in either. Certificates
    that the environment names are read at once, unless they are a folder and the file in it.
    """
    paths = ssl.get_default_verify_paths()
    named = {paths.openssl_cafile_env, paths.openssl_capath_env} & os.environ.keys()
    folder, file = paths.capath, paths.cafile
    if folder is None or not _is_hashed(folder) or (named and not _is_in(file, folder)):
        return ssl.create_default_context()
    context = ssl.create_default_context(capath=folder)
    if file is not None:
        _unread[context] = file
    return context


def _is_in(file: str | None, folder: str) -> bool:
    return file is None or os.path.dirname(os.path.realpath(file)) == os.path.realpath(folder)


def _is_hashed(folder: str) -> bool:
    try:
        return any(map(_HASHED.fullmatch, os.listdir(folder)))
    except OSError:
        return False


def has_unread(context: ssl.SSLContext) -> bool:
    """Whether the system trusts more than the context does by now."""
    return context in _unread


def read_all_trusted(context: ssl.SSLContext) -> None:
    """Trust all that the system does."""
    file = _unread.get(context)
    if file is not None:
        context.load_verify_locations(cafile=file)
        _unread.pop(context, None)


def read_pem(path: str) -> bytes:
    """The content of a file of certificates or keys; raises ``FileAccessError``."""
    file = File(path)
    try:
        return file.read_at(0, _READ_SIZE)
    finally:
        file.close()
