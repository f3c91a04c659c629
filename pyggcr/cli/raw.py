"""``digest``, ``manifest`` and ``config``: byte for byte what crane's commands print.

Of an image, or an index, in any form.
"""

from __future__ import annotations

import contextlib

from pyggcr._dataclasses import replace
from pyggcr.cli import reader
from pyggcr.cli.options import as_json, layer_cache_option, reading_options
from pyggcr.cli.output import write_bytes, write_json, write_line, write_warning
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import STANDARD, Source, reading, source_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.sources import Content
    from pyggcr.tools import Tool

__all__ = ["config", "digest", "manifest"]


@reader.command()
@layer_cache_option
@reader.argument("image", metavar="[IMAGE]", required=False)
@reader.option("--tarball", metavar="PATH", help="Archive to read; IMAGE is then a tag in it")
@reader.option("--full-ref", is_flag=True, help="Print the full reference, with the digest")
@reader.option(
    "--as", "as_tool", metavar="PATH", help="Print what this executable, such as ./trivy, computes"
)
@reading_options
@registry_choice
@as_json
def digest(
    image: str | None,
    tarball: str | None,
    full_ref: bool,
    as_tool: str | None,
    tag: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Print the digest of the manifest, or of the index where no platform is chosen."""
    if tarball is not None:
        if image is not None and tag is not None:
            raise reader.UsageError("IMAGE is a tag in the archive already; --tag is another.")
        image, tag = tarball, image or tag
    if image is None:
        raise reader.UsageError("image reference required without --tarball")
    if tarball is not None and daemon:
        raise reader.UsageError("--tarball and --daemon contradict each other")
    source = reading(image, choice, tag=tag, gzip_profile=gzip_profile, daemon=daemon)
    if full_ref and (tarball is not None or source.is_local):
        raise reader.UsageError("cannot specify --full-ref with --tarball")
    text = _digest(source) if as_tool is None else _digest_as(source, as_tool)
    if full_ref:
        from pyggcr import name

        context = name.parse_reference(source.reference, insecure=choice.insecure).context()
        text = str(context.digest(text))
    if as_json:
        write_json({**source.to_json(), "digest": text})
    else:
        write_line(text)


def _digest(source: Source) -> str:
    if source.is_remote_alone:
        from pyggcr import crane

        return crane.digest(source.reference, **source.choice.options())
    with source.content() as found, _progress(source, found):
        return str(found.digest())


def _digest_as(source: Source, text: str) -> str:
    """The digest that an executable computes; what it fails on is told on standard error."""
    from pyggcr.tools.asked import tool_named

    if source.gzip_profile is not None or source.choice.platform is not None:
        raise reader.UsageError("--as contradicts --gzip-profile and --platform.")
    if source.choice.engine == "go":
        raise reader.UsageError("--as: only the Python engine computes what other builds do.")
    if not source.is_local:
        raise reader.UsageError("--as is for archives: a registry has the digest.")
    tool = tool_named(text)
    profile, way = tool.gzip_profile(), tool.layer_sources()
    source = replace(source, choice=replace(source.choice, engine="python"), gzip_profile=profile)
    ways = ("patched", "trusted") if way is None else (way,)
    digests = {_digest(replace(source, layer_sources=it)) for it in ways}
    if len(digests) > 1:
        raise reader.CommandError(
            f"{tool}: with {tool.embeds} it is not known how it reads LayerSources: {tool.remark}"
        )
    _warn_of_failures(source, tool)
    return digests.pop()


def _warn_of_failures(source: Source, tool: Tool) -> None:
    from pyggcr.doctor import diagnose

    if source.text == STANDARD:
        return  # it can be read once
    report = diagnose(source.text).met_by(tool)
    for finding in report.findings:
        for outcome in finding.outcomes:
            if outcome.status != "works":
                write_warning(f"{finding.code} {outcome}")


@reader.command()
@layer_cache_option
@source_argument
@as_json
def manifest(source: Source, as_json: bool) -> None:
    """Print the manifest, byte for byte, or the index where no platform is chosen."""
    if source.is_remote_alone:
        from pyggcr import crane

        data = crane.manifest(source.reference, **source.choice.options())
    else:
        with source.content() as found, _progress(source, found):
            data = found.raw_manifest()
    _print_document("manifest", data, source, as_json)


@reader.command()
@source_argument
@as_json
def config(source: Source, as_json: bool) -> None:
    """Print the config file, byte for byte."""
    if source.is_remote_alone:
        from pyggcr import crane

        data = crane.config(source.reference, **source.choice.options())
    else:
        with source.image() as found, _progress(source, found):
            data = found.raw_config_file()
    _print_document("config", data, source, as_json)


def _progress(source: Source, content: Content) -> contextlib.AbstractContextManager[None]:
    """Of reading the layers, which the manifest of an archive takes."""
    return byte_progress(f"reading {source.text}", reading_total(source, content))


def _print_document(key: str, data: bytes, source: Source, as_json: bool) -> None:
    if as_json:
        write_json({**source.to_json(), key: data.decode("utf-8", "surrogateescape")})
    else:
        write_bytes(data)
