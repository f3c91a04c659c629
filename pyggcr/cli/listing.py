"""``ls`` and ``catalog``: what a repository or a registry has, line by line as crane prints it."""

from __future__ import annotations

import click

from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_lines
from pyggcr.cli.registry_options import RegistryChoice, registry_choice

__all__ = ["catalog", "ls"]

# Tags that stand for digests: signatures, attestations, referrers.
_DIGEST_TAG = "sha256-"


@click.command()
@click.argument("repository", metavar="REPO")
@click.option("--full-ref", is_flag=True, help="Print whole references.")
@click.option("--omit-digest-tags", "-O", is_flag=True, help="Leave out tags like sha256-….")
@registry_choice
@as_json
def ls(
    repository: str,
    full_ref: bool,
    omit_digest_tags: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """List the tags of a repository."""
    from pyggcr import crane, name

    tags = crane.list_tags(repository, **choice.options())
    if omit_digest_tags:
        tags = [tag for tag in tags if not tag.startswith(_DIGEST_TAG)]
    parsed = name.new_repository(repository, insecure=choice.insecure)
    if as_json:
        write_json({"repository": parsed.name(), "tags": tags})
        return
    write_lines(str(parsed.tag(tag)) if full_ref else tag for tag in tags)


@click.command()
@click.argument("registry", metavar="REGISTRY")
@click.option("--full-ref", is_flag=True, help="Print the registry before each repository.")
@registry_choice
@as_json
def catalog(registry: str, full_ref: bool, as_json: bool, choice: RegistryChoice) -> None:
    """List the repositories of a registry."""
    from pyggcr import crane

    repositories = crane.catalog(registry, **choice.options())
    if as_json:
        write_json({"registry": registry, "repositories": repositories})
        return
    write_lines(f"{registry}/{name}" if full_ref else name for name in repositories)
