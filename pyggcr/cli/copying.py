"""``copy``: an image or an index from one place to another, digest and all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pyggcr.cli import reader
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source, source_options
from pyggcr.cli.targets import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Executor
    from typing import Any

__all__ = ["copy", "cp"]


@reader.command()
@reader.argument("source", metavar="SRC")
@reader.argument("target", metavar="DST")
@reader.option("--all-tags", "-a", is_flag=True, help="Copy all tags from SRC to DST")
@reader.option("--no-clobber", "-n", is_flag=True, help="Do not overwrite tags that exist in DST")
@reader.option(
    "--jobs", "-j", type=reader.IntRange(min=0), default=0, help="Number of tags to copy at a time"
)
@reader.option(
    "--dask",
    metavar="ADDRESS",
    help="Copy tags by the workers of a dask scheduler (--all-tags only)",
)
@reader.option("--referrers", is_flag=True, help="Also copy referrers, such as attestations")
@reader.option(
    "--digest-tags",
    is_flag=True,
    help="Also copy tags such as sha256-….sig, which hold cosign's signatures",
)
@source_options
@registry_choice
def copy(
    source: str,
    target: str,
    source_tag: str | None,
    gzip_profile: str | None,
    choice: RegistryChoice,
    **between_registries: Any,
) -> None:
    """Copy an image or an index from SRC to DST, in any form, without changing its digest.

    Only an archive of docker save has no manifest, and so no digest, of its own.
    """
    origin = Source(source, choice, source_tag, gzip_profile)
    to = Target(choice, (), target, bare="image")
    if origin.is_remote and to.is_registry:
        _copy_remotely(origin, to, choice, **between_registries)
        return
    for option, given in between_registries.items():
        if given:
            name = option.replace("_", "-")
            raise reader.UsageError(f"--{name} is for copies from a registry to a registry.")
    with origin.content() as content:
        if to.is_registry:
            to.push(content, total=reading_total(origin, content))
        else:
            names = origin.tags(content)
            Target(choice, names, target, bare="image").write(
                content, total=reading_total(origin, content)
            )


def _copy_remotely(
    origin: Source,
    to: Target,
    choice: RegistryChoice,
    *,
    all_tags: bool,
    no_clobber: bool,
    jobs: int,
    dask: str | None,
    referrers: bool,
    digest_tags: bool,
) -> None:
    from pyggcr import crane

    source, target = origin.reference, to.location.name
    options = choice.options()
    if jobs:
        options["jobs"] = jobs
    if dask is not None and (not all_tags or jobs):
        raise reader.UsageError("--dask is for --all-tags, without --jobs.")
    with byte_progress(f"copying {source}", sent=True):
        if all_tags:
            # Tags of digests are among all tags.
            with _workers(dask) as executor:
                crane.copy_repository(
                    source,
                    target,
                    no_clobber=no_clobber,
                    referrers=referrers,
                    executor=executor,
                    **options,
                )
            return
        if choice.platform is not None:
            origin.check_platform()
        crane.copy(
            source,
            target,
            no_clobber=no_clobber,
            referrers=referrers,
            digest_tags=digest_tags,
            **options,
        )


@contextlib.contextmanager
def _workers(dask: str | None) -> Iterator[Executor | None]:
    """The executor of a dask cluster, if one is named."""
    if dask is None:
        yield None
        return
    from pyggcr._os.executors import dask_pool

    with dask_pool(dask) as pool:
        yield pool.executor


cp = copy
