"""``rebase``: an image on another base, as ``crane rebase`` puts it there."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.group import HintedError
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_warning
from pyggcr.cli.progress import byte_progress
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source, source_options
from pyggcr.cli.targets import output_option, tag_option, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["rebase"]


@reader.command()
@reader.argument("image", metavar="ARCHIVE|LAYOUT|IMAGE|-", required=False)
@reader.option("--original", metavar="IMAGE", hidden=True, help="Image, in place of the argument")
@reader.option(
    "--old_base",
    metavar="IMAGE",
    help="Current base of the image: an archive, a layout or a reference (default: taken from "
    "the annotations of the image)",
)
@reader.option(
    "--new_base",
    metavar="IMAGE",
    help="New base of the image (default: taken from the annotations of the image)",
)
@tag_option
@reader.option(
    "--rebased", metavar="REFERENCE", hidden=True, help="Same as --tag, for users of crane"
)
@output_option
@source_options
@registry_choice
@as_json
def rebase(
    image: str | None,
    original: str | None,
    old_base: str | None,
    new_base: str | None,
    tag: str | None,
    rebased: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Replace the base layers of an image with those of a new base.

    The result is pushed, and replaces the image unless --tag says otherwise, or written to a file.
    Its annotations name the new base, so that it can be rebased again without options. Prints what
    was pushed.
    """
    if (image is None) == (original is None):
        raise reader.UsageError("name one image.")
    if tag is not None and rebased is not None:
        raise reader.UsageError("--rebased is another word for --tag.")
    tag = tag or rebased
    source = Source(image or original or "", choice, source_tag, gzip_profile)
    if not source.is_local and choice.platform is None:
        _refuse_index(source)
    with source.image() as found:
        target = target_of(source, found, choice=choice, tag=tag, output=output)
        old_base, new_base = _bases(found, old_base, new_base)
        with (
            Source(old_base, choice).image() as old,
            Source(new_base, choice).image() as new,
        ):
            with byte_progress(f"reading {image or original}"):
                made = _rebased(found, old, new, Source(new_base, choice))
                is_same = made.digest() == found.digest()
            if is_same:
                write_warning("the image has this base already; nothing changes")
            target.write(made, as_json=as_json)


def _refuse_index(source: Source) -> None:
    from pyggcr import crane

    if crane.head(source.reference, **source.choice.options()).media_type.is_index():
        from pyggcr.cli.registry_platforms import platforms_at

        raise HintedError(
            f"{source.text} is an index, which cannot be rebased as a whole",
            hint=f"there are {platforms_at(source.reference, source.choice)}; --platform chooses",
        )


def _bases(image: v1.Image, old_base: str | None, new_base: str | None) -> tuple[str, str]:
    from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
    from pyggcr.crane.rebasing import bases_of

    if old_base and new_base:
        return old_base, new_base
    annotations = image.manifest().annotations or {}
    for option, given, key in (
        ("--new_base", new_base, BASE_NAME),
        ("--old_base", old_base, BASE_DIGEST),
    ):
        if not given and not annotations.get(key):
            raise reader.UsageError(f"the image has no annotation {key}; {option} is needed.")
    return bases_of(image, old_base or "", new_base or "")


def _rebased(image: v1.Image, old: v1.Image, new: v1.Image, base: Source) -> v1.Image:
    from pyggcr import crane, mutate
    from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
    from pyggcr.crane.faithful import keep_subject, rebased

    made = rebased(image, old, new)
    if base.is_local:
        annotations = {BASE_DIGEST: str(new.digest())}
    else:
        described = crane.head(base.reference, **base.choice.options())
        annotations = {BASE_DIGEST: str(described.digest), BASE_NAME: base.reference}
    return keep_subject(mutate.annotations(made, annotations), image.manifest().subject)
