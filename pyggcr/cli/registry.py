"""``registry serve``: a registry until Ctrl-C, as the OCI distribution specification wants it."""

from __future__ import annotations

import contextlib
import os
import threading

from pyggcr.cli import reader
from pyggcr.cli.options import ENGINES
from pyggcr.cli.output import write_note

__all__ = ["registry"]

_LOOPBACK = "127.0.0.1"


@reader.group()
def registry() -> None:
    """Serve a registry."""


@registry.command()
@reader.option(
    "--address",
    metavar="HOST:PORT",
    help="Address to listen on (default: loopback only, at $PORT or a free port)",
)
@reader.option(
    "--disk", metavar="FOLDER", help="Folder for blobs and manifests (default: a temporary one)"
)
@reader.option(
    "--engine",
    type=reader.Choice(ENGINES),
    help="Serve with this engine, exactly like go-containerregistry, including its bugs",
)
@reader.option("--tls-cert", metavar="FILE", help="Certificate for HTTPS, in PEM")
@reader.option("--tls-key", metavar="FILE", help="Key of the certificate, in PEM")
def serve(
    address: str | None,
    disk: str | None,
    engine: str | None,
    tls_cert: str | None,
    tls_key: str | None,
) -> None:
    """Serve a registry that asks nobody for a password, until it is stopped.

    It keeps to the OCI distribution specification, unless --engine says to do as crane does.
    """
    from pyggcr import registry

    if (tls_cert is None) != (tls_key is None):
        raise reader.UsageError("--tls-cert and --tls-key belong together")
    tls = None
    if tls_cert is not None and tls_key is not None:
        tls = registry.ServerCertificate.from_files(tls_cert, tls_key)
    listen_on = address or f"{_LOOPBACK}:{os.environ.get('PORT') or 0}"
    conforming = engine is None
    with registry.serve(
        listen_on, folder=disk, tls=tls, conforming=conforming, engine=engine
    ) as server:
        if disk:
            write_note(f"storing blobs in {disk}")
        write_note(f"listening on {server.host}")
        write_note(f"serving on port {server.host.rpartition(':')[2]}")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        write_note("shutting down...")
