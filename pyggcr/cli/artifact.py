"""``artifact push|pull|attach|list``: files in registries, and what is attached to images."""

from __future__ import annotations

import os

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line, write_warning
from pyggcr.cli.pairs import variables
from pyggcr.cli.progress import byte_progress, file_total, item_progress
from pyggcr.cli.registry_options import (
    RegistryChoice,
    registry_choice,
    registry_choice_without_platform,
)
from pyggcr.cli.registry_platforms import naming_platforms
from pyggcr.store.transports import without_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyggcr.name import Digest

__all__ = ["artifact"]


@reader.group()
def artifact() -> None:
    """Push, pull, attach and list artifacts: files in registries, as oras has them."""


def _of_artifacts(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command FILES, and the options that say what an artifact is."""
    for option in (
        reader.option(
            "--annotation",
            "-a",
            "annotations",
            metavar="NAME=VALUE",
            multiple=True,
            convert=variables,
            help="Add an annotation to the manifest; repeatable",
        ),
        reader.option(
            "--config", metavar="FILE[:TYPE]", help="Use this config file (default: an empty one)"
        ),
        reader.argument("files", metavar="[FILE[:TYPE]]...", nargs=-1),
    ):
        command = option(command)
    return command


def _send(
    send: Callable[..., Digest],
    doing: str,
    said: dict[str, str],
    choice: RegistryChoice,
    as_json: bool,
    **given: Any,
) -> None:
    """Push an artifact, and print it with its digest.

    Args:
        send: ``artifact.push`` or ``artifact.attach``.
        doing: what progress is called.
        said: what was asked, as the JSON document has it; its value is the reference.
        choice: how to talk to the registry.
        as_json: whether to print JSON.
        given: the options of ``_of_artifacts``, and the type.
    """
    from pyggcr.artifact import File

    (reference,) = said.values()
    config = given.pop("config")
    reference = without_transport(reference)
    files = [File.parse(text) for text in given.pop("files")]
    total = file_total(*(os.fspath(it.path) for it in files))
    with naming_platforms(reference, choice), byte_progress(doing, total, sent=True):
        pushed = send(
            reference,
            files,
            annotations=dict(given.pop("annotations")),
            config=None if config is None else File.parse(config),
            **given,
            **choice.options(),
        )
    if as_json:
        write_json({**said, "digest": pushed.digest_str(), "reference": str(pushed)})
    else:
        write_line(str(pushed))


@artifact.command()
@reader.argument("reference", metavar="REFERENCE")
@_of_artifacts
@reader.option(
    "--artifact-type",
    metavar="TYPE",
    default="",
    help="Type of the artifact (default: application/vnd.unknown.artifact.v1)",
)
@registry_choice_without_platform
@as_json
def push(reference: str, as_json: bool, choice: RegistryChoice, **given: Any) -> None:
    """Push files and folders as an artifact called REFERENCE; print it with its digest.

    Each file keeps its name; a folder becomes a tar with gzip.
    """
    from pyggcr.artifact import push as send

    _send(send, f"pushing {reference}", {"artifact": reference}, choice, as_json, **given)


@artifact.command()
@reader.argument("reference", metavar="REFERENCE")
@_of_artifacts
@reader.option("--artifact-type", metavar="TYPE", required=True, help="Type of the artifact")
@registry_choice
@as_json
def attach(reference: str, as_json: bool, choice: RegistryChoice, **given: Any) -> None:
    """Attach files to the image, index or artifact REFERENCE; print the artifact with its digest.

    With --platform, attach them to the image of an index.
    """
    from pyggcr.artifact import attach as send

    _send(send, f"attaching to {reference}", {"subject": reference}, choice, as_json, **given)


@artifact.command()
@reader.argument("reference", metavar="REFERENCE")
@reader.option(
    "--output",
    "-o",
    metavar="FOLDER",
    default=".",
    help="Folder to write to (default: the working directory)",
)
@reader.option("--keep-old-files", is_flag=True, help="Fail if a file exists, and write nothing")
@registry_choice
@as_json
def pull(
    reference: str, output: str, keep_old_files: bool, as_json: bool, choice: RegistryChoice
) -> None:
    """Write the files of the artifact REFERENCE to a folder, and print their paths."""
    from pyggcr.artifact import pull as pull_artifact

    wanted = without_transport(reference)
    with naming_platforms(wanted, choice), byte_progress(f"pulling {reference}"):
        pulled = pull_artifact(wanted, output, overwrite=not keep_old_files, **choice.options())
    for layer in pulled.skipped:
        write_warning(f"{layer.digest} has no title, so it is left out")
    if as_json:
        write_json(
            {
                "artifact": reference,
                "reference": str(pulled.reference),
                "files": [str(path) for path in pulled.paths],
                "skipped": [str(layer.digest) for layer in pulled.skipped],
            }
        )
        return
    for path in pulled.paths:
        write_line(str(path))


@artifact.command(name="list")
@reader.argument("reference", metavar="REFERENCE")
@reader.option("--artifact-type", metavar="TYPE", default="", help="List only those of this type")
@registry_choice
@as_json
def list_(reference: str, artifact_type: str, as_json: bool, choice: RegistryChoice) -> None:
    """List what is attached to REFERENCE, to its images and to what is attached, with the files.

    Tags of digests, such as sha256-….sig, are listed too.
    """
    from pyggcr import artifact as artifacts
    from pyggcr import name
    from pyggcr.cli.referrers import document, write_rows

    options = choice.options()
    wanted = without_transport(reference)
    with naming_platforms(wanted, choice), byte_progress(f"listing {reference}"):
        found = artifacts.attached(
            wanted, artifact_type=artifact_type, recursive=True, digest_tags=True, **options
        )
    options.pop("platform", None)
    repository = name.parse_reference(wanted, insecure=choice.insecure).context()
    listed: list[dict[str, Any]] = []
    with item_progress(f"listing {reference}", len(found)) as advance:
        for done, it in enumerate(found, 1):
            files = []
            if it.descriptor.media_type.is_image():
                digest = str(repository.digest(str(it.descriptor.digest)))
                files = [file.title for file in artifacts.files(digest, **options) if file.title]
            listed.append({**document(it), "files": files})
            advance(done, "")
    if as_json:
        write_json({"reference": reference, "attached": listed})
    else:
        write_rows(listed, ("artifact_type", "digest", "subject", "tag", "files"))
