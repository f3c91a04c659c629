"""Move an image to another base: the command ``crane rebase``."""

from __future__ import annotations

from collections.abc import Callable

from pyggcr import mutate, name
from pyggcr._gostd.strconv import quote
from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
from pyggcr.crane.wrapping import LogFatalError, fatal, wrapped
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr import v1
    from pyggcr.remote.options import Options

__all__ = ["bases_of", "rebase_and_push"]


def rebase_and_push(
    original: str,
    *,
    old_base: str = "",
    new_base: str = "",
    tag: str = "",
    platform_chosen: bool = False,
    log: Callable[[str], None] | None = None,
    debug: Callable[[str], None] | None = None,
    **options: Unpack[Options],
) -> str:
    """Move an image in a registry to another base, and push the result (``crane rebase``).

    Args:
        original: the reference of the image.
        old_base: the base that it has; default: the one its annotations name.
        new_base: the base that it gets; default: the one its annotations name.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        platform_chosen: whether the user named a platform, even ``all``: only then is an image of
            an index rebased. Default false.
        log: called with each line that crane writes to standard error; default none.
        debug: called with each line that crane writes there with ``-v``; default none.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest.

    Raises:
        LogFatalError: the command ``crane`` would end by ``log.Fatal`` here.
        Error: the bases are not known, or the image is not based on the old one.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    from pyggcr import crane

    target = tag or original
    with fatal(f"parsing {target}"):
        parsed = name.parse_reference(target, insecure=options.get("insecure", False))
    with fatal(f"checking {original}"):
        described = crane.head(original, **options)
    if not platform_chosen and described.media_type.is_index():
        raise LogFatalError("rebasing an index is not yet supported")
    with crane.pull(original, **options) as image:
        old_base, new_base = bases_of(image, old_base, new_base)
        with wrapped("rebasing image"):
            rebased = _rebased(image, old_base, new_base, debug, options)
        with wrapped("digesting new image"):
            digest = rebased.digest()
        if digest == image.digest() and log is not None:
            log("rebasing was no-op")
        by_digest = str(parsed.context().digest(str(digest)))
        if isinstance(parsed, name.Digest):
            target = by_digest
        if log is not None:
            log(f"pushing rebased image as {target}")
        with fatal(f"pushing {target}"):
            crane.push(rebased, target, **options)
    return by_digest


def bases_of(image: v1.Image, old_base: str, new_base: str) -> tuple[str, str]:
    """Return the references of the old and the new base, as given or from annotations.

    Args:
        image: the image with the annotations.
        old_base: the old base; empty for that of the annotations.
        new_base: the new base; empty for that of the annotations.

    Returns:
        The old and the new base.

    Raises:
        Error: a base is neither given nor in the annotations.
        InvalidReferenceError: the new base is not a reference.
    """
    annotations = image.manifest().annotations
    if not new_base and annotations is not None:
        new_base = annotations.get(BASE_NAME, "")
    if not new_base:
        raise Error("could not determine new base image from annotations")
    context = name.parse_reference(new_base).context()
    if not old_base and annotations is not None:
        old_base = str(context.digest(annotations.get(BASE_DIGEST, "")))
    if not old_base:
        raise Error("could not determine old base image by digest from annotations")
    return old_base, new_base


def _rebased(
    image: v1.Image,
    old_base: str,
    new_base: str,
    debug: Callable[[str], None] | None,
    options: Options,
) -> v1.Image:
    from pyggcr import crane

    new_image = crane.pull(new_base, **options)
    old_image = crane.pull(old_base, **options)
    # Of an index this is the index's digest, though one of its images is the base.
    digest = str(crane.head(new_base, **options).digest)
    rebased = mutate.rebase(image, old_image, new_image)
    annotations = {BASE_DIGEST: digest, BASE_NAME: new_base}
    if debug is not None:
        for key, value in annotations.items():
            debug(f"Setting annotation {quote(key)}: {quote(value)}")
    return mutate.annotations(rebased, annotations)
