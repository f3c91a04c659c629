"""``crane auth``: credentials in Docker's configuration, and tokens of registries."""

from __future__ import annotations

import sys

from pyggcr.cli.crane import streams
from pyggcr.cli.crane.cobra import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["get", "login", "logout", "token"]

# What credential helpers say, and Docker understands.
_NONE = "credentials not found in native keychain\n"
_TOKEN_USER = "<token>"  # noqa: S105  (a word of the protocol)


def get(session: Session) -> None:
    """``crane auth get [REGISTRY_ADDR]``."""
    from pyggcr import authn, name
    from pyggcr._gostd.json.text import quote

    if session.arguments:
        (address,) = session.arguments
    else:
        address = _read_input().strip()
    session.show_log()
    found = session.keychain().resolve(name.new_registry(address))
    if found is authn.ANONYMOUS:
        session.write(_NONE)
        sys.exit(1)
    config = found.authorization()
    pair = {"Username": config.username, "Secret": config.password}
    if config.identity_token:
        pair = {"Username": _TOKEN_USER, "Secret": config.identity_token}
    members = (f"{quote(key)}:{quote(value)}" for key, value in pair.items() if value)
    session.write(f"{{{','.join(members)}}}\n")


def login(session: Session) -> None:
    """``crane auth login [OPTIONS] [SERVER]``."""
    from pyggcr import name
    from pyggcr.cli.docker_config import UNENCRYPTED, DockerConfig

    registry = name.new_registry(session.arguments[0])
    user, password = session.flag("username"), session.flag("password")
    if session.flag("password-stdin"):
        password = _read_input().removesuffix("\n").removesuffix("\r")
    if not user and not password:
        raise CommandError("username and password required")
    config = DockerConfig(as_docker=True)
    if config.store(registry.name(), user, password) and password:
        streams.write_error(UNENCRYPTED.format(config.path))
    streams.log(f"logged in via {config.path}")


def logout(session: Session) -> None:
    """``crane auth logout [SERVER]``."""
    from pyggcr import name
    from pyggcr.cli.docker_config import DockerConfig

    registry = name.new_registry(session.arguments[0])
    config = DockerConfig(as_docker=True)
    config.erase(registry.name())
    streams.log(f"logged out via {config.path}")


def token(session: Session) -> None:
    """``crane auth token REPO``; as in crane, ``--insecure`` changes nothing here."""
    from pyggcr import crane
    from pyggcr._gostd.json import marshal

    actions = "push,pull" if session.flag("push") else "pull"
    options = session.options()
    options["insecure"] = False
    found = crane.token(
        session.arguments[0], actions=actions, mounts=session.flag("mount"), **options
    )
    if session.flag("header"):
        session.write(f"Authorization: Bearer {found.token or found.access_token}")
    else:
        session.write(marshal(found) + b"\n")


def _read_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
