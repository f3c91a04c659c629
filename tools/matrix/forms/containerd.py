"""What containerd exports: github.com/containerd/containerd, core/images/archive/exporter.go.

``ctr images export`` and ``nerdctl save`` call it; so do BuildKit's exporters (``buildx``) and,
with the containerd image store, ``docker save`` (moby, daemon/containerd/image_exporter.go): that
store is what Docker 29 has by default.
"""

from __future__ import annotations

from dataclasses import dataclass

from tools.matrix.forms.content import (
    APP,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    Json,
    Member,
    Store,
    folder_member,
    go_json,
    go_tar,
    layer_tar,
    member,
)

__all__ = [
    "AMD64",
    "ARM64",
    "Target",
    "attested",
    "ctr_all_platforms",
    "ctr_export",
    "ctr_plain",
    "ctr_skip_manifest",
    "ctr_zstd",
    "export",
    "two_platforms",
]

AMD64 = {"architecture": "amd64", "os": "linux"}
ARM64 = {"architecture": "arm64", "os": "linux"}
_IMAGE_NAME = "io.containerd.image.name"
_REF_NAME = "org.opencontainers.image.ref.name"
_INDEXES = (OCI_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")


@dataclass(frozen=True)
class Target:
    """What is exported: a descriptor, and the full name that it has; empty for none."""

    described: Json
    name: str = ""


def export(
    store: Store,
    *targets: Target,
    manifest_json: bool = True,
    skip_missing: bool = False,
    platform: Json = AMD64,
    media_type: bool = True,
) -> bytes:
    """An archive of the targets.

    Args:
        store: what has the blobs.
        targets: in the order of the command line.
        manifest_json: whether there is one; else it is ``WithSkipDockerManifest``.
        skip_missing: leave out manifests whose blobs are not there, as Docker does.
        platform: which image of an index ``manifest.json`` has.
        media_type: whether ``index.json`` tells its own, as newer versions have it.
    """
    names: dict[str, list[str]] = {}
    roots: list[Json] = []
    reached: set[str] = set()
    for target in targets:
        described = dict(target.described)
        if target.name:
            described["annotations"] = {
                **described.get("annotations", {}),
                _IMAGE_NAME: target.name,
                _REF_NAME: target.name.rpartition(":")[2],
            }
            described["annotations"] = dict(sorted(described["annotations"].items()))
        if "platform" in described:
            described["platform"] = described.pop("platform")  # Go writes it last
        roots.append(described)
        _reach(store, described, reached, skip_missing=skip_missing)
        chosen = _chosen(store, described, platform)
        if chosen:
            names.setdefault(chosen["digest"], []).extend(filter(None, [target.name]))
    index: Json = {"schemaVersion": 2, "manifests": roots}
    if media_type:
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": roots}
    members = [_entry("index.json", go_json(index), 0o644)]
    if manifest_json:
        members.append(_entry("manifest.json", _manifest_json(store, names), 0o644))
    members.append(_entry("oci-layout", b'{"imageLayoutVersion":"1.0.0"}', 0o444))
    members += [
        _entry(f"blobs/sha256/{digest[7:]}", store.blobs[digest], 0o444) for digest in reached
    ]
    members += [folder_member("blobs/"), folder_member("blobs/sha256/")]
    # Sorted by name; those of folders end with a slash.
    members.sort(key=lambda each: each[0].name + "/" * each[0].isdir())
    return go_tar(members)


def _entry(name: str, data: bytes, mode: int) -> Member:
    made = member(name, data)
    made[0].mode = mode
    return made


def _reach(store: Store, described: Json, reached: set[str], *, skip_missing: bool) -> None:
    """Follow descriptors to every blob that is exported."""
    if described["digest"] not in store.blobs:
        if skip_missing:
            return
        raise LookupError(f"{described['digest']} is not in the store")
    reached.add(described["digest"])
    if described["mediaType"] in _INDEXES:
        for child in store.read(described)["manifests"]:
            _reach(store, child, reached, skip_missing=skip_missing)
        return
    manifest = store.read(described)
    blobs = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    if skip_missing and not all(digest in store.blobs for digest in blobs):
        return
    reached.update(blobs)


def _chosen(store: Store, described: Json, platform: Json) -> Json | None:
    """The image that ``manifest.json`` has of a target."""
    if described["mediaType"] not in _INDEXES:
        return described
    fitting = [
        child
        for child in store.read(described)["manifests"]
        if child.get("platform", platform) == platform and child["digest"] in store.blobs
    ]
    return fitting[0] if fitting else None


def _manifest_json(store: Store, names: dict[str, list[str]]) -> bytes:
    entries = []
    for digest, tags in names.items():
        manifest = store.read({"digest": digest})
        entries.append(
            {
                "Config": _path(manifest["config"]),
                "RepoTags": [_familiar(tag) for tag in tags] or None,
                "Layers": [_path(layer) for layer in manifest["layers"]],
            }
        )
    return go_json(entries)


def _path(described: Json) -> str:
    return f"blobs/sha256/{described['digest'][7:]}"


def _familiar(name: str) -> str:
    """A name as Docker shows it."""
    return name.removeprefix("docker.io/").removeprefix("library/")


def _unknown_platform() -> Json:
    """The platform of attestations."""
    return {"architecture": "unknown", "os": "unknown"}


def attested(store: Store, described: Json, platform: Json, *, artifact: bool = False) -> Json:
    """Add an attestation of an image, as BuildKit does; its descriptor in the index.

    After github.com/moby/buildkit, exporter/containerimage/writer.go, commitAttestationsManifest,
    and docs/attestations/attestation-storage.md.

    Args:
        store: what has the blobs.
        described: the image.
        platform: its platform.
        artifact: in the form of an OCI artifact (``oci-artifact=true``), without a config.
    """
    statement = go_json(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [
                {
                    "name": f"pkg:docker/app@1?platform=linux%2F{platform['architecture']}",
                    "digest": {"sha256": described["digest"][7:]},
                }
            ],
            "predicate": {
                "builder": {"id": ""},
                "buildType": "https://mobyproject.org/buildkit@v1",
            },
        }
    )
    layer = store.add(
        statement,
        "application/vnd.in-toto+json",
        annotations={"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"},
    )
    config = go_json(
        {
            **_unknown_platform(),
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
        }
    )
    manifest: Json = {"schemaVersion": 2, "mediaType": OCI_MANIFEST}
    if artifact:
        subject = {key: described[key] for key in ("mediaType", "digest", "size")}
        empty = store.add(b"{}", "application/vnd.oci.empty.v1+json", data="e30=")
        manifest["artifactType"] = "application/vnd.docker.attestation.manifest.v1+json"
        manifest.update(config=empty, layers=[layer], subject=subject)
    else:
        manifest.update(config=store.add(config, OCI_CONFIG), layers=[layer])
    added = store.add_json(manifest, indent=2)
    added["annotations"] = {
        "vnd.docker.reference.digest": described["digest"],
        "vnd.docker.reference.type": "attestation-manifest",
    }
    return {**added, "platform": _unknown_platform()}


_NAME = "docker.io/library/app:1"


def ctr_export() -> bytes:
    """``ctr images export app.tar docker.io/library/app:1``."""
    store = Store()
    return export(store, Target(store.add_image(APP), _NAME))


def ctr_plain() -> bytes:
    """The same after ``ctr images convert --uncompress``."""
    store = Store()
    return export(store, Target(store.add_image(APP, compression="none"), _NAME))


def ctr_zstd() -> bytes:
    """The same of an image that was built with zstd layers."""
    store = Store()
    return export(store, Target(store.add_image(APP, compression="zstd"), _NAME))


def ctr_skip_manifest() -> bytes:
    """``ctr images export --skip-manifest-json``."""
    store = Store()
    return export(store, Target(store.add_image(APP), _NAME), manifest_json=False)


def ctr_all_platforms() -> bytes:
    """``ctr images export --all-platforms`` of an image for two platforms, with attestations."""
    store = Store()
    return export(store, Target(two_platforms(store), _NAME))


def two_platforms(store: Store) -> Json:
    """Add an image for two platforms, each with an attestation."""
    arm64 = Image((*APP.layers[:2], layer_tar({"srv/arm64": b"arm64\n"})), architecture="arm64")
    images = [
        {**store.add_image(image, indent=2), "platform": platform}
        for image, platform in ((APP, AMD64), (arm64, ARM64))
    ]
    attestations = [attested(store, image, image["platform"]) for image in images]
    return store.add_index(*images, *attestations, indent=2)
