"""``auth``: credentials for registries in Docker's configuration, as ``crane auth``."""

from __future__ import annotations

import sys

from pyggcr.cli import reader
from pyggcr.cli.asking import ask
from pyggcr.cli.docker_config import UNENCRYPTED, DockerConfig
from pyggcr.cli.output import write_bytes, write_line, write_note
from pyggcr.cli.registry_options import RegistryChoice, registry_choice_without_platform

__all__ = ["auth"]

# What credential helpers say, and Docker understands.
_NONE = "credentials not found in native keychain"
_TOKEN_USER = "<token>"  # noqa: S105  (a word of the protocol)


@reader.group()
def auth() -> None:
    """Log in, log out, or read credentials."""


@auth.command()
@reader.argument("server", metavar="SERVER")
@reader.option("--username", "-u", default="", help="User name")
@reader.option(
    "--password",
    "-p",
    default="",
    help="Password; other users of this machine can see it in the process list",
)
@reader.option("--password-stdin", is_flag=True, help="Read the password from standard input")
def login(server: str, username: str, password: str, password_stdin: bool) -> None:
    """Store the credentials of a registry.

    On a terminal, asks for what is not given.
    """
    from pyggcr import name
    from pyggcr.store.transports import without_transport

    registry = name.new_registry(without_transport(server))
    if password_stdin:
        given = sys.stdin.buffer.read().removesuffix(b"\n").removesuffix(b"\r")
        password = given.decode("utf-8", "surrogateescape")
    elif not password and sys.stdin.isatty():
        username = username or ask("Username")
        password = ask("Password", hidden=True)
    if not username and not password:
        raise reader.UsageError("username and password required")
    config = DockerConfig()
    if config.store(registry.name(), username, password) and password:
        write_note(UNENCRYPTED.format(config.path).removesuffix("\n"))
    write_note(f"logged in via {config.path}")


@auth.command()
@reader.argument("server", metavar="SERVER")
def logout(server: str) -> None:
    """Remove the credentials of a registry."""
    from pyggcr import name
    from pyggcr.store.transports import without_transport

    config = DockerConfig()
    config.erase(name.new_registry(without_transport(server)).name())
    write_note(f"logged out via {config.path}")


@auth.command()
@reader.argument("server", metavar="[SERVER]", required=False)
def get(server: str | None) -> int:
    """Print the credentials for a registry, as a credential helper does."""
    from pyggcr import authn, name
    from pyggcr._gostd.json.text import quote

    wanted = sys.stdin.read().strip() if server is None else server
    found = authn.DEFAULT_KEYCHAIN.resolve(name.new_registry(wanted))
    if found is authn.ANONYMOUS:
        write_line(_NONE)
        return 1
    config = found.authorization()
    pair = {"Username": config.username, "Secret": config.password}
    if config.identity_token:
        pair = {"Username": _TOKEN_USER, "Secret": config.identity_token}
    members = (f"{quote(key)}:{quote(value)}" for key, value in pair.items() if value)
    write_bytes(f"{{{','.join(members)}}}\n".encode())
    return 0


@auth.command()
@reader.argument("repository", metavar="REPO")
@reader.option("--header", "-H", is_flag=True, help="Print the token as an HTTP header")
@reader.option("--push", is_flag=True, help="Also request the right to push")
@reader.option(
    "--mount",
    "-m",
    "mounts",
    metavar="REPO",
    multiple=True,
    help="Also request the right to mount blobs from this repository",
)
@registry_choice_without_platform
def token(
    repository: str, header: bool, push: bool, mounts: tuple[str, ...], choice: RegistryChoice
) -> None:
    """Print a token of a registry for a repository, as the token server answers."""
    from pyggcr import crane
    from pyggcr._gostd.json import marshal
    from pyggcr.store.transports import without_transport

    actions = "push,pull" if push else "pull"
    listed = [it for mount in mounts for it in mount.split(",")]
    found = crane.token(
        without_transport(repository), actions=actions, mounts=listed, **choice.options()
    )
    if header:
        write_bytes(f"Authorization: Bearer {found.token or found.access_token}".encode())
    else:
        write_bytes(marshal(found) + b"\n")
