"""``mutate``: what an image says of itself, changed as ``crane mutate`` changes it."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.append import check_standard_input, checked_layers
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import as_json, layer_cache_option
from pyggcr.cli.output import write_warning
from pyggcr.cli.pairs import listed, paired, variables
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source, source_options
from pyggcr.cli.targets import output_option, tag_option, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["mutate"]


@reader.command()
@layer_cache_option
@reader.argument("image", metavar="ARCHIVE|LAYOUT|IMAGE|-")
@reader.option(
    "--annotation",
    "-a",
    "annotations",
    metavar="KEY=VALUE",
    multiple=True,
    convert=paired,
    help="Set an annotation of the manifest; repeatable",
)
@reader.option(
    "--label",
    "-l",
    "labels",
    metavar="KEY=VALUE",
    multiple=True,
    convert=paired,
    help="Set a label of the config; repeatable",
)
@reader.option(
    "--env",
    "-e",
    metavar="NAME=VALUE",
    multiple=True,
    convert=variables,
    help="Set an environment variable; repeatable",
)
@reader.option(
    "--entrypoint",
    metavar="WORDS",
    multiple=True,
    convert=listed,
    help="New entrypoint, as words with commas between them or a JSON list; clears the command",
)
@reader.option(
    "--cmd",
    metavar="WORDS",
    multiple=True,
    convert=listed,
    help="New command, in the same form as --entrypoint",
)
@reader.option("--user", "-u", default="", metavar="USER[:GROUP]", help="User that runs the image")
@reader.option("--workdir", "-w", default="", metavar="PATH", help="New working directory")
@reader.option(
    "--exposed-ports",
    metavar="PORTS",
    multiple=True,
    convert=listed,
    help="Ports such as 8080/tcp, which replace all current ones",
)
@reader.option(
    "--set-platform",
    "new_platform",
    default="",
    metavar="PLATFORM",
    help="New platform, in the form os/arch[/variant][:osversion]",
)
@reader.option(
    "--append",
    "layers",
    metavar="TARBALL|-",
    multiple=True,
    convert=listed,
    help="Tar to add as a layer, as for pyggcr append --new_layer",
)
@tag_option
@reader.option(
    "--repo",
    "repository",
    metavar="REPOSITORY",
    help="Push the result by its digest to this repository",
)
@output_option
@source_options
@registry_choice
@as_json
def mutate(
    image: str,
    annotations: dict[str, str],
    labels: dict[str, str],
    env: tuple[tuple[str, str], ...],
    entrypoint: tuple[str, ...],
    cmd: tuple[str, ...],
    user: str,
    workdir: str,
    exposed_ports: tuple[str, ...],
    new_platform: str,
    layers: tuple[str, ...],
    tag: str | None,
    repository: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Change labels, environment, command and other settings of an image.

    The result is pushed, and replaces the image unless --tag or --repo says otherwise, or written
    to a file. Prints what was pushed.
    """
    from pyggcr.crane.faithful import keep_subject
    from pyggcr.crane.mutating import Changes, changed

    if repository is not None and tag is not None:
        raise reader.UsageError("--repo and --tag contradict each other.")
    check_standard_input([*layers, image])
    source = Source(image, choice, source_tag, gzip_profile)
    if annotations and not source.is_local and choice.platform is None:
        _refuse_index(source)
    with source.image() as found:
        target = target_of(
            source, found, choice=choice, tag=tag, output=output, repository=repository
        )
        with checked_layers(layers, target) as paths:
            changes = Changes(
                layers=paths,
                annotations=annotations,
                labels=labels,
                env=env,
                entrypoint=entrypoint,
                cmd=cmd,
                user=user,
                workdir=workdir,
                exposed_ports=exposed_ports,
                platform=new_platform,
            )
            total = reading_total(source, found)
            with byte_progress(f"reading {image}", total):
                made = changed(found, changes, engine=choice.engine)
                made = keep_subject(made, found.manifest().subject)
                if "-" not in paths:
                    _warn_of_losses(found, made)
            target.write(made, as_json=as_json, total=total)


def _refuse_index(source: Source) -> None:
    from pyggcr import crane

    described = crane.head(source.reference, **source.choice.options())
    if described.media_type.is_index():
        from pyggcr.cli.registry_platforms import platforms_at

        raise HintedError(
            f"{source.text} is an index, whose annotations cannot be set",
            hint=f"there are {platforms_at(source.reference, source.choice)}; --platform chooses",
        )


def _warn_of_losses(old: v1.Image, new: v1.Image) -> None:
    from pyggcr.crane.faithful import lost_fields

    kept_out = ("config.Cmd",)  # goes with the entrypoint
    lost = [
        field
        for field in lost_fields(old.raw_config_file(), new.raw_config_file())
        if field not in kept_out and not field.startswith("config.ExposedPorts.")
    ]
    if lost:
        write_warning(
            f"the config loses what go-containerregistry does not know: {', '.join(lost)}"
        )
