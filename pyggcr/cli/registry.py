"""``registry serve``: a registry until Ctrl-C, as ``crane registry serve``."""

from __future__ import annotations

import contextlib
import os
import threading

import click

from pyggcr.cli.options import engine_option

__all__ = ["registry"]

_LOOPBACK = "127.0.0.1"


@click.group()
def registry() -> None:
    """Serve a registry."""


@registry.command()
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="Where to listen; if not given, on loopback only, at $PORT or any port.",
)
@click.option("--disk", metavar="FOLDER", help="Keep blobs in this folder, not in memory.")
@engine_option
def serve(address: str | None, disk: str | None, engine: str | None) -> None:
    """Serve a registry that asks nobody for a password, until it is stopped."""
    from pyggcr import registry

    listen_on = address or f"{_LOOPBACK}:{os.environ.get('PORT') or 0}"
    with registry.serve(listen_on, folder=disk, engine=engine) as server:
        if disk:
            click.echo(f"storing blobs in {disk}", err=True)
        click.echo(f"listening on {server.host}", err=True)
        click.echo(f"serving on port {server.host.rpartition(':')[2]}", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        click.echo("shutting down...", err=True)
