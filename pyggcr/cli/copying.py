"""``copy``: from one registry to another, digest and all, as ``crane copy`` does."""

from __future__ import annotations

import click

from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer

__all__ = ["copy", "cp"]


@click.command()
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--all-tags", "-a", is_flag=True, help="Copy all tags from SRC to DST.")
@click.option("--no-clobber", "-n", is_flag=True, help="Leave tags alone that DST has.")
@click.option("--jobs", "-j", type=click.IntRange(min=0), default=0, help="How many at once.")
@click.option(
    "--referrers", is_flag=True, help="Also copy what refers to the image, such as attestations."
)
@click.option(
    "--digest-tags", is_flag=True, help="Also copy tags like sha256-….sig, cosign's signatures."
)
@registry_choice
def copy(
    source: str,
    target: str,
    all_tags: bool,
    no_clobber: bool,
    jobs: int,
    referrers: bool,
    digest_tags: bool,
    choice: RegistryChoice,
) -> None:
    """Copy an image or an index from SRC to DST; its digest stays the same."""
    from pyggcr import crane

    options = choice.options()
    if jobs:
        options["jobs"] = jobs
    with transfer(f"copying {source}"):
        if all_tags:
            # Tags of digests are among all tags.
            crane.copy_repository(
                source, target, no_clobber=no_clobber, referrers=referrers, **options
            )
        else:
            crane.copy(
                source,
                target,
                no_clobber=no_clobber,
                referrers=referrers,
                digest_tags=digest_tags,
                **options,
            )


cp = copy
