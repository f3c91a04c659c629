"""Where a command writes its result: a registry, an archive, a layout, a Docker daemon.

``store.writing`` writes; here is what the command line adds to it.
"""

from __future__ import annotations

import contextlib
import sys

from pyggcr._dataclasses import dataclass
from pyggcr.cli import reader
from pyggcr.cli.output import write_json, write_line, write_warning
from pyggcr.cli.progress import blob_total, byte_progress, read_layers
from pyggcr.cli.registry_options import RegistryChoice
from pyggcr.cli.signals import exit_on_signals
from pyggcr.store.transports import (
    STANDARD,
    Location,
    locate,
    parse_location,
    resembles_reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pyggcr.cli.options import Decorator
    from pyggcr.cli.sources import Content, Source
    from pyggcr.store.writing import Written

__all__ = ["Target", "check_path", "output_option", "tag_option", "target_of"]

output_option: Decorator = reader.option(
    "--output",
    "-o",
    metavar="PATH|-",
    help="Write the result instead of pushing it: to a docker-save archive, to an OCI layout "
    "if PATH is a folder or ends with /, to standard output (-), or to oci:PATH, "
    "oci-archive:PATH, docker-archive:PATH, dir:PATH, docker-daemon:NAME or "
    "docker://REFERENCE",
)
tag_option: Decorator = reader.option(
    "--tag",
    "-t",
    metavar="REFERENCE",
    help="Name of the result; it is pushed there unless --output is given (default: the "
    "current name; an image given by digest is pushed by its new digest)",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result goes.

    Attributes:
        choice: how to talk to registries.
        references: what the result is called.
        output: where to write it; ``None`` to push it.
        by_digest: push it by its digest, to the repository of the reference.
        bare: what an output is that may be a path or a reference.
        keeps_zstd: layers of zstd were asked for, so they are no gzip in archives of docker save.
    """

    choice: RegistryChoice
    references: tuple[str, ...]
    output: str | None
    by_digest: bool = False
    bare: Literal["image", "path"] = "path"
    keeps_zstd: bool = False

    @property
    def location(self) -> Location:
        """Where the result goes.

        Raises:
            UnsupportedOptionError: the output is a URL, or makes no sense.
        """
        if self.output is None:
            return Location("docker", self.references[0])
        found = locate(self.output, bare=self.bare)
        if found.transport == "path" and resembles_reference(self.output):
            raise reader.UsageError(
                f"{self.output} is a path here, and there is no such folder; to push, write "
                f"docker://{self.output}."
            )
        return found

    @property
    def is_registry(self) -> bool:
        """Whether the result is pushed."""
        return self.location.transport == "docker"

    @property
    def keeps_manifests(self) -> bool:
        """Whether manifests stay byte for byte, as in all but archives of Docker's."""
        from pyggcr.store.writing import holds_indexes

        return holds_indexes(self.location)

    def write(self, content: Content, *, as_json: bool = False, total: int | None = None) -> None:
        """Write the result, and print what it is called if it was pushed.

        Files are renamed into place once they are complete.

        Args:
            content: the result.
            as_json: whether to print JSON.
            total: how many bytes are read of it, for progress.

        Raises:
            Error: as ``remote.push`` and ``store.writing.write_contents``.
        """
        if self.is_registry:
            self.push(content, as_json=as_json, total=total)
            return
        read_layers(content, total)
        self.write_all([(content, self.references)], total)
        if as_json:
            write_json({"output": self.output, "digest": str(content.digest())})

    def write_all(self, contents: Sequence[Written], total: int | None = None) -> None:
        """Write images and indexes, each with its names, to what is no registry."""
        from pyggcr.store.writing import holds_zstd, write_contents

        location = self.location
        stream = None
        if location.transport == "standard":
            if sys.stdout.isatty():
                raise reader.UsageError("an archive is not written to a terminal; name a file.")
            stream = sys.stdout.buffer
        assert self.output is not None
        with (
            contextlib.ExitStack() as made,
            byte_progress(f"writing {self.output}", total, piped=stream is not None),
            exit_on_signals(),
        ):
            if not self.keeps_zstd and not holds_zstd(location):
                contents = [(_without_zstd(it, made), names) for it, names in contents]
            names = write_contents(
                contents, location, shown=self.output, stream=stream, engine=self.choice.engine
            )
        for loaded in names:
            write_line(loaded)

    def push(
        self,
        content: Content,
        *,
        as_json: bool = False,
        quiet: bool = False,
        total: int | None = None,
    ) -> str:
        """Push the result; what it is called by its digest, which is printed if not ``quiet``."""
        from pyggcr import authn, name, remote

        text = self.location.name
        reference = name.parse_reference(text, insecure=self.choice.insecure)
        options = self.choice.options()
        options.setdefault("keychain", authn.DEFAULT_KEYCHAIN)
        read_layers(content, total)
        # Streams are read on the way: only then is the digest known.
        with byte_progress(f"pushing {text}", blob_total(content), sent=True):
            if self.by_digest or isinstance(reference, name.Digest):
                reference = reference.context().digest(str(content.digest()))
            remote.push(reference, content, **options)
        pushed = str(reference.context().digest(str(content.digest())))
        if as_json:
            write_json({"reference": pushed, "digest": str(content.digest())})
        elif not quiet:
            write_line(pushed)
        return pushed


def _without_zstd(content: Content, made: contextlib.ExitStack) -> Content:
    """The image with layers of gzip in place of those of zstd."""
    from pyggcr import v1
    from pyggcr.types import MediaType

    if not isinstance(content, v1.Image):
        return content
    kinds = {it.media_type for it in content.manifest().layers or ()}
    if MediaType.OCI_LAYER_ZSTD not in kinds:
        return content
    from pyggcr import convert

    write_warning("layers of zstd become gzip: docker save has none, and older tools read none")
    return made.enter_context(convert.image(content, "oci", compression="gzip"))


def target_of(
    source: Source | None,
    image: Content | None,
    *,
    choice: RegistryChoice,
    tag: str | None,
    output: str | None,
    repository: str | None = None,
) -> Target:
    """Where a result goes: to ``--output``, to ``--tag``, or to where its source came from.

    Raises:
        reader.UsageError: nothing says where.
    """
    if repository is not None:
        return Target(choice, (repository,), output, by_digest=True)
    if tag is not None:
        return Target(choice, (tag,), output)
    if output is None and (source is None or source.is_local):
        raise reader.UsageError(
            "where to? --output PATH writes the result, --tag REFERENCE pushes it."
        )
    from pyggcr import v1

    if source is None:
        return Target(choice, (), output)
    if source.is_local:
        names = source.tags(image) if isinstance(image, v1.Image) else ()
        return Target(choice, names, output)
    return Target(choice, (source.reference,), output)


def check_path(text: str, why: str) -> None:
    """Refuse what names no path, where something else than an image is written.

    Args:
        text: as the user named it; ``-`` is for the caller.
        why: what is written.
    """
    if text != STANDARD and parse_location(text) is not None:
        raise reader.UsageError(
            f"{text}: {why}; pyggcr copy writes images. A path that begins so is ./{text}."
        )
