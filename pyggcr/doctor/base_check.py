"""Whether the base of an image has moved on: by its annotations, or by its layers.

Annotations (OCI image-spec, annotations.md) name the base and the digest that it had; the registry
says which digest the name has today. A digest may be that of the index or of its image for the
platform. A base that is given, or has no digest, is compared by DiffIDs: an image stands on it if
its first layers are those of the base. What cannot be found out is a finding, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyggcr import crane, limits, v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.strconv import quote
from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME
from pyggcr.doctor.report import Checkup, Finding, Place, finding
from pyggcr.errors import Error
from pyggcr.store.locations import open_location
from pyggcr.store.store import Store, open_store
from pyggcr.store.transports import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.remote.options import Options
    from pyggcr.store import StoredImage

__all__ = ["MOVED", "UNKNOWN", "check_base"]

MOVED = "PYG040"
UNKNOWN = "PYG041"


@dataclass(frozen=True, slots=True)
class _Base:
    """What an image says of its base."""

    name: str
    digest: str = ""


def check_base(checkup: Checkup, *, base: str | None = None, **options: Unpack[Options]) -> Checkup:
    """A checkup with what is to be said of the bases of its images.

    Args:
        checkup: of an archive, a layout or any other place, such as ``docker://app:1``.
        base: the base that images should stand on; by default what their annotations say.
        options: see ``pyggcr.remote``.

    Raises:
        CancelledError: the limits of the call ended the work.
    """
    if not checkup.readable:
        return checkup
    asked = _Asked(base, options)
    try:
        with _opened(checkup.path, options) as store:
            found = [it for image in store.images() for it in asked.about(checkup.path, image)]
    except Error as error:
        limits.current().check()
        found = [_unknown(Place(checkup.path), "", str(error))]
    return replace(checkup, findings=(*checkup.findings, *dict.fromkeys(found)))


def _opened(path: str, options: Options) -> Store:
    location = locate(path)
    files = open_location(location, path, insecure=options.get("insecure", False))
    return open_store(files, path, location)


class _Asked:
    """What registries were asked, so that each base is asked for once."""

    def __init__(self, base: str | None, options: Options) -> None:
        self._base = base
        self._options = options
        self._digests: dict[str, list[str]] = {}
        self._diff_ids: dict[tuple[str, str], list[v1.Hash]] = {}

    def about(self, file: str, image: StoredImage) -> Iterator[Finding]:
        """The findings about the base of an image."""
        place = Place(file, image=", ".join(image.tags) or str(image.config_name())[7:19])
        named = _Base(self._base) if self._base is not None else _named_base(image)
        if named is None:
            text = f"No annotation {BASE_NAME} says what the image stands on; give --base."
            yield finding(UNKNOWN, place, text)
            return
        try:
            if named.digest:
                yield from self._by_digest(place, named)
            else:
                yield from self._by_layers(place, named, image)
        except Error as error:
            limits.current().check()
            yield _unknown(place, named.name, str(error))

    def _by_digest(self, place: Place, base: _Base) -> Iterator[Finding]:
        current = self._digests.get(base.name)
        if current is None:
            current = self._digests[base.name] = self._digests_of(base.name)
        if base.digest not in current:
            now = current[0]
            yield finding(
                MOVED,
                place,
                f"The image was built on {base.name} at {base.digest}, which is at {now} now.",
                details={"base": base.name, "built_on": base.digest, "now": now},
            )

    def _digests_of(self, name: str) -> list[str]:
        """The digests that a name stands for today: its own, then those of the index's images."""
        described = crane.get(name, **self._options)
        media_type = described.descriptor.media_type
        found = [str(described.descriptor.digest)]
        if media_type.is_index():
            listed = v1.parse_index_manifest(described.manifest).manifests or []
            found += [str(entry.digest) for entry in listed]
        elif media_type.is_image():
            v1.parse_manifest(described.manifest)
        else:
            raise Error(f"{name} is no image, but {quote(media_type)}")
        return found

    def _by_layers(self, place: Place, base: _Base, image: StoredImage) -> Iterator[Finding]:
        own = image.config_file().rootfs.diff_ids or []
        platform = str(image.platform or "")
        expected = self._diff_ids.get((base.name, platform))
        if expected is None:
            options = {**self._options, **({"platform": platform} if platform else {})}
            with crane.pull(base.name, **options) as pulled:  # type: ignore[arg-type]
                expected = pulled.config_file().rootfs.diff_ids or []
            self._diff_ids[base.name, platform] = expected
        if own[: len(expected)] == expected:
            return
        same = next(
            (n for n, (a, b) in enumerate(zip(own, expected, strict=False)) if a != b),
            min(len(own), len(expected)),
        )
        yield finding(
            MOVED,
            place,
            f"The image does not stand on {base.name} as it is now: {same} of the {len(expected)} "
            "layers of the base are its first ones.",
            details={"base": base.name, "layers": str(len(expected)), "same": str(same)},
        )


def _named_base(image: StoredImage) -> _Base | None:
    """The base that annotations of the manifest name, or labels of the config."""
    labels: Mapping[str, str] = image.config_file().config.labels or {}
    annotations: Mapping[str, str] = image.manifest().annotations or {}
    for names in (annotations, labels):
        if name := names.get(BASE_NAME):
            return _Base(name, names.get(BASE_DIGEST, ""))
    return None


def _unknown(place: Place, base: str, reason: str) -> Finding:
    about = f"the base {base} is asked for" if base else "the image is opened"
    text = f"Whether the base has moved on is not known, as an error came when {about}: {reason}"
    return finding(UNKNOWN, place, text, details={"base": base} if base else {})
