"""Where an editing command writes its result: a registry, an archive, a layout, a Docker daemon."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyggcr._dataclasses import dataclass
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr.cli.options import OF_REGISTRY
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.registry_options import RegistryChoice, transfer
from pyggcr.cli.signals import exit_on_signals
from pyggcr.cli.sources import STANDARD
from pyggcr.errors import UnsupportedOptionError
from pyggcr.store.transports import parse_location

if TYPE_CHECKING:
    from pyggcr import name, v1
    from pyggcr.cli.sources import Content, Source
    from pyggcr.store.transports import Location

__all__ = ["Target", "output_option", "tag_option", "target_of"]

_FILE_MODE = 0o644

output_option = click.option(
    "--output",
    "-o",
    metavar="PATH|-",
    help="Write the result there instead of pushing it: a docker-save archive, - for standard "
    "output, an OCI layout if PATH is a folder or ends with /, or oci:PATH, oci-archive:PATH, "
    "docker-archive:PATH, docker-daemon:NAME.",
)
tag_option = click.option(
    "--tag",
    "-t",
    metavar="REFERENCE",
    help="What the result is called. Without --output it is pushed there. The default is what it "
    "was called before; an image by digest is pushed by its new digest.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result goes.

    Attributes:
        choice: how to talk to registries.
        references: what the result is called.
        output: where to write it; ``None`` to push it.
        by_digest: push it by its digest, to the repository of the reference.
    """

    choice: RegistryChoice
    references: tuple[str, ...]
    output: str | None
    by_digest: bool = False

    @property
    def is_registry(self) -> bool:
        """Whether the result is pushed."""
        return self.output is None or self.output.startswith(OF_REGISTRY)

    @property
    def keeps_manifests(self) -> bool:
        """Whether manifests stay byte for byte, as in all but archives of Docker's."""
        if self.output is None or self.is_registry:
            return True
        location = parse_location(self.output)
        if location is None:
            return self.output != STANDARD and _is_folder(self.output)
        return location.transport in ("oci", "oci-archive")

    def write(self, content: Content, *, as_json: bool = False) -> None:
        """Write the result, and print what it is called if it was pushed.

        Files are renamed into place once they are complete.

        Raises:
            Error: as ``crane.push``, ``crane.save``, ``layout.Path`` and ``daemon.write``.
        """
        if self.output is None or self.is_registry:
            self._push(content, as_json)
            return
        location = parse_location(self.output)
        with transfer(f"writing {self.output}"), exit_on_signals():
            if location is not None:
                self._write_to(location, content)
            elif self.output == STANDARD:
                self._write_archive(content, None)
            elif _is_folder(self.output):
                self._write_layout(content, self.output, self.references)
            else:
                self._write_archive(content, self.output)
        if as_json:
            write_json({"output": self.output, "digest": str(content.digest())})

    def _push(self, content: Content, as_json: bool) -> None:
        from pyggcr import authn, name, remote

        text = (self.output or self.references[0]).removeprefix(OF_REGISTRY)
        reference = name.parse_reference(text, insecure=self.choice.insecure)
        options = self.choice.options()
        options.setdefault("keychain", authn.DEFAULT_KEYCHAIN)
        # Streams are read on the way: only then is the digest known.
        with transfer(f"pushing {text}"):
            if self.by_digest or isinstance(reference, name.Digest):
                reference = reference.context().digest(str(content.digest()))
            remote.push(reference, content, **options)
        pushed = str(reference.context().digest(str(content.digest())))
        if as_json:
            write_json({"reference": pushed, "digest": str(content.digest())})
        else:
            write_line(pushed)

    def _write_to(self, location: Location, content: Content) -> None:
        names = (location.reference,) if location.reference else self.references
        if location.transport == "docker-archive":
            self._write_archive(content, location.name, names)
        elif location.transport == "oci":
            self._write_layout(content, location.name, names)
        elif location.transport == "oci-archive":
            self._write_layout_archive(content, location.name, names)
        else:
            from pyggcr import daemon
            from pyggcr.crane.saving import tag_for

            image = _image(content, self.output)
            tag = tag_for(location.name)
            daemon.loaded_images(daemon.write(tag, image, engine=self.choice.engine))
            write_line(str(tag))

    def _write_archive(
        self, content: Content, path: str | None, names: Sequence[str] | None = None
    ) -> None:
        from pyggcr import tarball
        from pyggcr.crane.saving import tag_for

        image = _image(content, self.output)
        tags: list[tuple[name.Reference, v1.Image]] = [
            (tag_for(text), image) for text in (self.references if names is None else names)
        ] or [(_nameless(image), image)]
        if path is not None:
            tarball.multi_ref_write_to_file(path, tags)
            return
        if sys.stdout.isatty():
            raise click.UsageError("an archive is not written to a terminal; name a file.")
        tarball.multi_ref_write(tags, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def _write_layout(self, content: Content, folder: str, names: Sequence[str]) -> None:
        from pyggcr import empty, layout, match, v1

        if os.path.exists(Path(folder) / "index.json"):  # noqa: PTH110
            to = layout.from_path(folder)
        else:
            to = layout.write(folder, empty.index())
        for text in names or ("",):
            annotations = {REFERENCE_NAME: text} if text else None
            # What had the name before, or is the same image, is not listed twice.
            matcher = _named(text) if text else match.digests(content.digest())
            if isinstance(content, v1.Image):
                to.replace_image(content, matcher, annotations=annotations)
            else:
                to.replace_index(content, matcher, annotations=annotations)

    def _write_layout_archive(self, content: Content, path: str, names: Sequence[str]) -> None:
        """Write an OCI layout as a tar; equal content gives an equal file."""
        from pyggcr._gostd.tar import Header
        from pyggcr._gostd.tar.writer import Writer
        from pyggcr._os.atomic_write import writable

        beside = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
        with tempfile.TemporaryDirectory(prefix=".pyggcr-", dir=beside) as folder:
            self._write_layout(content, folder, names)
            files = sorted(it for it in Path(folder).rglob("*") if it.is_file())
            with writable(path) as stream:
                writer = Writer(stream)
                for file in files:
                    shown = file.relative_to(folder).as_posix()
                    size = file.stat().st_size
                    writer.write_header(Header(shown, typeflag="0", size=size, mode=_FILE_MODE))
                    with file.open("rb") as blob:
                        writer.copy_from(blob)
                writer.close()


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
        click.UsageError: nothing says where.
    """
    if repository is not None:
        return Target(choice, (repository,), output, by_digest=True)
    if tag is not None:
        return Target(choice, (tag,), output)
    if output is None and (source is None or source.is_local):
        raise click.UsageError(
            "where to? --output PATH writes the result, --tag REFERENCE pushes it."
        )
    from pyggcr import v1

    if source is None:
        return Target(choice, (), output)
    if source.is_local:
        names = source.tags(image) if isinstance(image, v1.Image) else ()
        return Target(choice, names, output)
    return Target(choice, (source.reference,), output)


def _named(text: str) -> Callable[[v1.Descriptor], bool]:
    """Match what an index.json gives a name, written in full or not."""
    full = _full_name(text)

    def matches(described: v1.Descriptor) -> bool:
        own = (described.annotations or {}).get(REFERENCE_NAME)
        return own is not None and _full_name(own) == full

    return matches


def _full_name(text: str) -> str:
    from pyggcr import name
    from pyggcr.errors import InvalidReferenceError

    try:
        return name.parse_reference(text).name()
    except InvalidReferenceError:
        return text


def _is_folder(path: str) -> bool:
    return path.endswith("/") or os.path.isdir(path)  # noqa: PTH112


def _image(content: Content, output: str | None) -> v1.Image:
    from pyggcr import v1

    if isinstance(content, v1.Image):
        return content
    raise UnsupportedOptionError(
        f"{output}: an index cannot be written there; oci:PATH and oci-archive:PATH hold one, and "
        "--platform chooses an image"
    )


def _nameless(image: v1.Image) -> name.Reference:
    """A reference that leaves no name in an archive."""
    from pyggcr import name

    return name.new_repository("image").digest(str(image.digest()))
