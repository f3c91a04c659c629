"""``ls`` and ``catalog``: what a repository or a registry has, line by line as crane prints it."""

from __future__ import annotations

import functools

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_lines
from pyggcr.cli.progress import byte_progress, item_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice_without_platform
from pyggcr.store.transports import without_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr.remote import Puller
    from pyggcr.v1 import Hash

__all__ = ["catalog", "ls"]

# Tags that stand for digests: signatures, attestations, referrers.
_DIGEST_TAG = "sha256-"
_JOBS = 8
_NOT_FOUND = 404


@reader.command()
@reader.argument("repository", metavar="REPO")
@reader.option("--full-ref", is_flag=True, help="Print full references")
@reader.option("--omit-digest-tags", "-O", is_flag=True, help="Omit tags such as sha256-…")
@reader.option(
    "--digest",
    metavar="DIGEST",
    help="List only the tags of this manifest, and of indexes that list it",
)
@registry_choice_without_platform
@as_json
def ls(
    repository: str,
    full_ref: bool,
    omit_digest_tags: bool,
    digest: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """List the tags of a repository.

    With --digest each tag is asked for, several at once.
    """
    from pyggcr import crane, name, v1

    wanted = v1.new_hash(digest) if digest is not None else None
    repository = without_transport(repository)
    with byte_progress(f"listing {repository}"):
        tags = crane.list_tags(repository, **choice.options())
    if omit_digest_tags:
        tags = [tag for tag in tags if not tag.startswith(_DIGEST_TAG)]
    parsed = name.new_repository(repository, insecure=choice.insecure)
    if wanted is not None:
        tags = _tags_of(wanted, parsed, tags, choice)
    if as_json:
        write_json({"repository": parsed.name(), "tags": tags})
        return
    write_lines(str(parsed.tag(tag)) if full_ref else tag for tag in tags)


def _tags_of(
    digest: Hash, repository: name.Repository, tags: list[str], choice: RegistryChoice
) -> list[str]:
    """Those of the tags that stand for the manifest, in their order."""
    from pyggcr import remote
    from pyggcr._layers.task_group import TaskGroup

    found: set[str] = set()
    with (
        remote.Puller(**choice.options()) as puller,
        item_progress(f"asking {repository}", len(tags)) as advance,
        TaskGroup(_JOBS) as group,
    ):
        for done, tag in enumerate(tags):
            advance(done, "")
            group.start(functools.partial(_look_at, puller, repository.tag(tag), digest, found))
        group.finish()
    return [tag for tag in tags if tag in found]


def _look_at(puller: Puller, tag: name.Tag, digest: Hash, found: set[str]) -> None:
    """Add the tag if it is the digest's; one that was deleted meanwhile is nobody's."""
    from pyggcr.errors import TransportError

    try:
        head = puller.head(tag)
        if head.digest == digest:
            found.add(tag.tag_str())
        elif head.media_type.is_index():
            with puller.index(tag) as index:
                listed = index.index_manifest().manifests or ()
            if any(it.digest == digest for it in listed):
                found.add(tag.tag_str())
    except TransportError as error:
        if error.status != _NOT_FOUND:
            raise


@reader.command()
@reader.argument("registry", metavar="REGISTRY")
@reader.option("--full-ref", is_flag=True, help="Print the registry in front of each repository")
@registry_choice_without_platform
@as_json
def catalog(registry: str, full_ref: bool, as_json: bool, choice: RegistryChoice) -> None:
    """List the repositories of a registry."""
    from pyggcr import crane

    registry = without_transport(registry)
    with byte_progress(f"listing {registry}"):
        repositories = crane.catalog(registry, **choice.options())
    if as_json:
        write_json({"registry": registry, "repositories": repositories})
        return
    write_lines(f"{registry}/{name}" if full_ref else name for name in repositories)
