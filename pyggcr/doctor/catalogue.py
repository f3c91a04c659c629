"""All kinds of findings: code, name, severity, meaning and remedy of each.

A code never changes its meaning. PYG020 to PYG024 are about Docker daemons, PYG040 and PYG041
about the bases of images, and all others about archives and layouts.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._layers.annotation_names import BASE_DIGEST, BASE_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal
else:
    from pyggcr._typing import Literal


__all__ = ["CATALOGUE", "SEVERITIES", "Entry", "Severity", "at_least"]

Severity = Literal["info", "warning", "error"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity is the threshold or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of finding.

    Attributes:
        code: such as ``PYG001``.
        name: a short name, such as ``layer-sources-uncompressed``.
        severity: ``info``, ``warning`` or ``error``, for a tool whose version is not known.
        meaning: what is wrong, in a sentence.
        remedy: what to do, in a sentence.
    """

    code: str
    name: str
    severity: Severity
    meaning: str
    remedy: str


_REPAIR = "run pyggcr repair IN OUT, which writes an archive that every tool reads"
_RUN_REPAIR = f"R{_REPAIR[1:]}"

_ENTRIES = (
    Entry(
        "PYG001",
        "layer-sources-uncompressed",
        "warning",
        "Docker 25 or later listed its own uncompressed layers in LayerSources; "
        "go-containerregistry before 0.19 takes their DiffIDs for digests of blobs.",
        f"Use go-containerregistry (crane) 0.19 or later; or {_REPAIR}.",
    ),
    Entry(
        "PYG002",
        "index-manifests-null",
        "error",
        "index.json has no manifests, as Docker 25.0.0 to 25.0.2 write it when an image is saved "
        "by its ID: readers of index.json find no image.",
        f"Save the image by a tag, or with Docker 25.0.3 or later; or {_REPAIR}.",
    ),
    Entry(
        "PYG003",
        "index-misses-image",
        "warning",
        "manifest.json has an image that index.json lacks: readers of index.json do not find it.",
        f"Tag every image before saving it (moby issue 51389); or {_REPAIR}.",
    ),
    Entry(
        "PYG004",
        "oci-layers-differ",
        "error",
        "The layers of the OCI manifest are not those of the config in their order, as Docker "
        "25.0.0 writes it.",
        f"Save the image with Docker 25.0.1 or later; or {_REPAIR}.",
    ),
    Entry(
        "PYG005",
        "mixed-compression",
        "error",
        "One image has gzip and plain layers, as Docker's containerd store writes images that were "
        "loaded from old archives; go-containerregistry takes all layers for what the first is.",
        f"{_RUN_REPAIR}; pyggcr.open reads this one as it is.",
    ),
    Entry(
        "PYG006",
        "layer-source-media-type",
        "error",
        "LayerSources gives the DiffID of a layer as its digest, under a media type that is not "
        "that of the layer as it is stored.",
        f"{_RUN_REPAIR}.",
    ),
    Entry(
        "PYG007",
        "zstd-layer",
        "error",
        "A layer is compressed with zstd, which go-containerregistry takes for gzip in an archive "
        "of docker save, and when it validates the image of a layout.",
        f"{_RUN_REPAIR}; pyggcr.open reads this one as it is.",
    ),
    Entry(
        "PYG008",
        "digest-depends-on-go",
        "info",
        "go-containerregistry compresses the layers itself, and does it in another way when built "
        "with Go 1.27 or later: one image, two manifest digests.",
        "Compare digests of tools built by the same Go, or save images with compressed layers "
        "(Docker's containerd store; pyggcr repair --compression gzip).",
    ),
    Entry(
        "PYG009",
        "layer-link",
        "info",
        "A layer is a link to another entry, as Docker up to 24 writes layers that repeat.",
        "Nothing, if the tools that read it follow links.",
    ),
    Entry(
        "PYG010",
        "blob-digest-mismatch",
        "error",
        "A blob does not hash to its name: it is damaged, or is not what it says.",
        "Fetch or save the archive again; this cannot be repaired.",
    ),
    Entry(
        "PYG011",
        "diff-id-mismatch",
        "error",
        "A layer does not hash to the DiffID that the config gives for it.",
        "Fetch or save the archive again; this cannot be repaired.",
    ),
    Entry(
        "PYG012",
        "layer-count-mismatch",
        "error",
        "Manifest and config disagree on the number of layers.",
        "Save the image again; if it is a build cache, it is no image.",
    ),
    Entry(
        "PYG013",
        "platforms-missing",
        "info",
        "The index names platforms or attestations whose blobs are not in the archive.",
        "Nothing, if the platforms that are there are those you need; else pull them and save "
        "again.",
    ),
    Entry(
        "PYG014",
        "unsafe-path",
        "error",
        "An entry or a link leads out of the archive, or links lead back to themselves.",
        "Do not unpack it; find out who made it. No container engine writes this.",
    ),
    Entry(
        "PYG015",
        "blob-link",
        "error",
        "A blob of a layout folder is a symbolic link, as Bazel's rules_oci makes them; "
        "go-containerregistry from 0.21.7 on refuses it.",
        "Copy the layout with its links followed (cp -rL IN OUT).",
    ),
    Entry(
        "PYG016",
        "layer-not-as-labelled",
        "error",
        "A layer of an OCI manifest is not compressed as its media type says.",
        f"{_RUN_REPAIR}.",
    ),
    Entry(
        "PYG017",
        "foreign-layer",
        "error",
        "LayerSources gives a layer a descriptor of its own, as docker save does for base layers "
        "of Windows; go-containerregistry looks for a blob of that digest, which is not there.",
        f"{_RUN_REPAIR}.",
    ),
    Entry(
        "PYG018",
        "layer-form",
        "error",
        "A layer is in a form that go-containerregistry does not know: encrypted, or neither a tar "
        "nor compressed with gzip or zstd.",
        "Decrypt the image, or build it with layers that are gzip; this cannot be repaired.",
    ),
    Entry(
        "PYG019",
        "oci-layer-uncompressed",
        "info",
        "A layer of an OCI manifest is not compressed; go-containerregistry takes it for gzip when "
        "it validates the image of a layout.",
        "Nothing, if it is only pushed; pyggcr repair --compression gzip compresses the layers.",
    ),
    Entry(
        "PYG020",
        "engine-affected",
        "error",
        "The Docker daemon is 25.0.0 to 25.0.2 with a graph driver: index.json of what it saves by "
        "ID has no manifests (PYG002), and 25.0.0 puts layers out of order (PYG004).",
        "Upgrade to Docker 25.0.3 or later, use the containerd image store, or stay on 24.0.7.",
    ),
    Entry(
        "PYG021",
        "engine-layer-sources",
        "warning",
        "The Docker daemon is 25 or later with a graph driver: it lists its uncompressed layers in "
        "LayerSources of all that it saves (PYG001).",
        "Use go-containerregistry (crane) 0.19 or later; or the containerd image store, or Docker "
        "24.0.7.",
    ),
    Entry(
        "PYG022",
        "engine-containerd-store",
        "info",
        "The Docker daemon keeps images in containerd's store: layers are saved compressed as they "
        "were pulled or built, and image IDs are digests of manifests.",
        "Nothing; pull anew what was loaded from old archives, which can be saved with gzip and "
        "plain layers side by side (PYG005).",
    ),
    Entry(
        "PYG023",
        "engine-too-old",
        "error",
        "The Docker daemon is older than --min-engine asks for.",
        "Upgrade Docker Engine.",
    ),
    Entry(
        "PYG024",
        "engine-is-podman",
        "info",
        "Podman answers on Docker's API; its version says nothing of Docker's, and it saves "
        "archives of its own: plain layers, no LayerSources, no index.json.",
        "Nothing; ask Podman's version of it (podman version).",
    ),
    Entry(
        "PYG025",
        "validate-fails",
        "error",
        "go-containerregistry finds the image invalid, for a reason that no other finding tells.",
        "See what it says; save or build the image again, or run pyggcr repair IN OUT.",
    ),
    Entry(
        "PYG026",
        "compressed-archive",
        "warning",
        "The archive is compressed as a whole, which docker load reads and go-containerregistry "
        "does not.",
        f"Decompress it; or {_REPAIR}.",
    ),
    Entry(
        "PYG027",
        "layout-in-a-tar",
        "info",
        "The archive is an OCI layout without manifest.json: go-containerregistry reads layouts in "
        "folders only.",
        "Unpack it into a folder, of which crane push takes the image; or run pyggcr copy "
        "oci-archive:IN docker-archive:OUT.",
    ),
    Entry(
        "PYG028",
        "attestation-in-layout",
        "info",
        "A layout has attestations beside images, as buildx writes them by default; "
        "go-containerregistry takes them for images when it validates the index.",
        "Nothing, if it is only pushed and pulled; or build with --provenance=false --sbom=false.",
    ),
    Entry(
        "PYG029",
        "digest-depends-on-platform",
        "warning",
        "Layers are stored plain, and Go 1.27 compresses them in another way on another platform: "
        "builds of one tool for plain amd64, for GOAMD64=v3 and for arm64 find different digests.",
        f"Compare digests only of tools that were built for the same platform; or {_REPAIR}.",
    ),
    Entry(
        "PYG040",
        "base-moved",
        "warning",
        "The base of the image is another one today than when the image was built.",
        "Build the image again; or run pyggcr rebase, which replaces the layers of the base.",
    ),
    Entry(
        "PYG041",
        "base-unknown",
        "info",
        "Whether the base of the image has moved on is not known.",
        f"Build with the annotations {BASE_NAME} and {BASE_DIGEST}, or give --base; see that the "
        "registry answers.",
    ),
)

CATALOGUE = {entry.code: entry for entry in _ENTRIES}
