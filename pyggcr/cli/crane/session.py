"""What a verb gets to work with: its flags and arguments, options for registries, and output."""

from __future__ import annotations

import contextlib
import os

from pyggcr.cli.crane import streams
from pyggcr.cli.crane.cobra import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from pyggcr import name
    from pyggcr._values.authn import Keychain
    from pyggcr._values.remote import ConnectionOptions, GoogleOptions
    from pyggcr.cli.crane.cobra import Invocation
    from pyggcr.cli.crane.commands import Command

__all__ = ["INTERRUPTED", "Session", "failing", "quoted"]

INTERRUPTED = "interrupt signal received"  # by signal.NotifyContext
_VERBOSE, _INSECURE, _PLATFORM = "verbose", "insecure", "platform"
_HEADERS = "HttpHeaders"  # of Docker's configuration
_NONDISTRIBUTABLE = "allow-nondistributable-artifacts"


class Session:
    """One run of a verb."""

    def __init__(
        self, invocation: Invocation, words: Sequence[str], keychain: Callable[[], Keychain]
    ) -> None:
        """Take what was read from a command line, its words, and what gives the keychain."""
        self.arguments: list[str] = invocation.arguments
        self.command: Command = invocation.command
        self.called_as: str = invocation.called_as
        self.words = words
        self.keychain = keychain
        self._flags = invocation.flags
        self._shows_log = False
        self._reports_warnings = False

    def flag(self, name: str) -> Any:
        """The value of a flag."""
        return self._flags.value(name)

    def last_flag(self, *names: str) -> Any:
        """The value of that of some flags that was given last."""
        return self._flags.last_of(*names)

    def given(self, name: str) -> bool:
        """Whether a flag was given."""
        return self._flags.changed(name)

    @property
    def insecure(self) -> bool:
        """``--insecure``."""
        return bool(self.flag(_INSECURE))

    @property
    def verbose(self) -> bool:
        """``--verbose``."""
        return bool(self.flag(_VERBOSE))

    @property
    def platform(self) -> str | None:
        """``--platform``; ``None`` for all. A verb's own flag of that name hides it."""
        value = self.flag(_PLATFORM)
        return value if isinstance(value, str) else None

    def options(self, *, jobs: int = 0) -> ConnectionOptions:
        """The options for ``pyggcr.remote``; from here on its log is shown."""
        self._reports_warnings = True
        plain = self.plain_options()
        options: ConnectionOptions = {
            "allow_nondistributable_artifacts": self.flag(_NONDISTRIBUTABLE),
            "insecure": self.insecure,
            "engine": plain["engine"],
            "user_agent": plain["user_agent"],
            "keychain": plain["keychain"],
        }
        if headers := _configured_headers():
            options["headers"] = headers
        if jobs:
            options["jobs"] = jobs
        if self.platform is not None:
            options["platform"] = self.platform
        return options

    def plain_options(self) -> GoogleOptions:
        """The options without those that follow from the root's flags; the log is shown, too."""
        from pyggcr import __version__
        from pyggcr.engine import select

        self.show_log()
        agent = f"pyggcr/{__version__}"
        return {"engine": select().name, "user_agent": agent, "keychain": self.keychain()}

    def show_log(self) -> None:
        """Show the library's log from here on."""
        from pyggcr.cli.crane import logs
        from pyggcr.engine import select

        if not self._shows_log:
            logs.show(select().name, verbose=self.verbose)
            self._shows_log = True

    def reference(self, text: str) -> name.Reference:
        """Parse a reference under ``--insecure``."""
        from pyggcr import name

        return name.parse_reference(text, insecure=self.insecure)

    def parsed(self, text: str) -> name.Reference:
        """Parse a reference as the functions of pkg/crane do, which tell which one is wrong."""
        with failing(f"parsing reference {quoted(text)}"):
            return self.reference(text)

    def write(self, data: bytes | str) -> None:
        """Write to standard output."""
        streams.write(data)

    def finish(self) -> None:
        """Report what is reported after success."""
        if self._reports_warnings:
            from pyggcr.cli.crane import logs

            streams.flush()
            logs.report_warnings()

    def close(self) -> None:
        """Show no log any more."""
        if self._shows_log:
            from pyggcr.cli.crane import logs

            logs.hide()


def _configured_headers() -> dict[str, str]:
    """``HttpHeaders`` of Docker's configuration, without the name of Docker itself."""
    folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")  # noqa: PTH111
    try:
        with open(os.path.join(folder, "config.json"), "rb") as file:  # noqa: PTH118, PTH123
            content = file.read()
    except OSError:
        return {}
    if _HEADERS.encode() not in content:  # as mostly, and json need not be imported
        return {}
    import json

    try:
        found = json.loads(content).get(_HEADERS)
    except (ValueError, AttributeError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {key: str(value) for key, value in pairs if key.lower() != "user-agent"}


@contextlib.contextmanager
def failing(prefix: str) -> Iterator[None]:
    """Put ``prefix: `` before the text of an error of the library (``fmt.Errorf`` with ``%w``)."""
    from pyggcr.errors import Error

    try:
        yield
    except (Error, CommandError) as error:
        raise CommandError(f"{prefix}: {error}") from error
    except KeyboardInterrupt:
        raise CommandError(f"{prefix}: {INTERRUPTED}") from None


def quoted(text: object) -> str:
    """A text as ``%q`` prints it."""
    from pyggcr._gostd.strconv import quote

    return quote(str(text))
