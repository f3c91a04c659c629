"""What ``build`` and ``convert`` take and give: an image or an index, in any form, with options.

``sources`` reads and ``targets`` writes, as for the editing commands; here several platforms may be
chosen, and what was written is told by its digest, which depends on nothing but the input.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

from pyggcr._dataclasses import dataclass
from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_line
from pyggcr.cli.registry_options import RegistryChoice, registry_choice_of_platforms
from pyggcr.cli.sources import STANDARD, Source
from pyggcr.cli.targets import Target, output_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.cli.sources import Content

__all__ = ["Contents", "contents_options"]

_ALL = "all"

# Of plain layers in an archive: the same whatever Go there is, as for layers that are built.
_GZIP_PROFILE = "go1.26"


@dataclass(frozen=True, slots=True)
class Contents:
    """Where the result goes and how registries are talked to.

    Attributes:
        platforms: those that were asked for; none for all that there are.
        source_tag: which image of an archive or a layout to read.
    """

    choice: RegistryChoice
    output: str | None
    tag: str | None
    platforms: tuple[str, ...]
    source_tag: str | None
    as_json: bool

    def given(self, text: str) -> contextlib.AbstractContextManager[Content]:
        """The image or index that an argument names, closed afterwards."""
        profile = _GZIP_PROFILE if Source(text, self.choice).is_local else None
        return Source(text, self.choice, self.source_tag, profile).contents()

    def deliver(self, content: Content, compression: str | None) -> None:
        """Write the result, and print its digest, or the reference that it was pushed to.

        Args:
            content: the result.
            compression: of layers, as it was asked for.
        """
        target = Target(
            self.choice,
            (self.tag,) if self.tag else (),
            self.output,
            keeps_zstd=compression == "zstd",
        )
        target.write(content, as_json=self.as_json)
        if not self.as_json and not target.is_registry and self.output != STANDARD:
            write_line(str(content.digest()))


def contents_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --output, --tag, --platform and the options of registries, as ``Contents``."""

    @output_option
    @reader.option(
        "--tag",
        "-t",
        metavar="REFERENCE",
        help="Name of the result; it is pushed there unless --output is given",
    )
    @reader.option(
        "--platform",
        "platforms",
        metavar="PLATFORM",
        multiple=True,
        help="Platform in the form os/arch[/variant]; repeatable (default: all)",
    )
    @reader.option(
        "--source-tag",
        metavar="TAG",
        help="Image to use if the archive or layout has several",
    )
    @as_json
    @registry_choice_of_platforms
    @functools.wraps(command)
    def wrapper(
        *arguments: Any,
        output: str | None,
        tag: str | None,
        platforms: tuple[str, ...],
        source_tag: str | None,
        as_json: bool,
        choice: RegistryChoice,
        **rest: Any,
    ) -> int | None:
        if output is None and tag is None:
            raise reader.UsageError(
                "where to? --output PATH writes the result, --tag REFERENCE pushes it."
            )
        chosen = () if _ALL in platforms else platforms
        contents = Contents(choice, output, tag, chosen, source_tag, as_json)
        return command(*arguments, contents=contents, **rest)

    return wrapper
