"""The archives of the matrix: their names, what made them, and their content.

Those of Docker's engines are in tests/data/docker, those that umoci and skopeo wrote in
tests/data/matrix. All others are made by ``forms``, the same bytes each time.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tools.matrix.forms import (
    bazel,
    buildkit,
    containerd,
    damaged,
    docker29,
    kaniko,
    podman,
)
from tools.matrix.forms.content import go_json, gzipped, make_tar

__all__ = ["ARCHIVES", "Archive", "Form", "digest_of", "write_archive"]

_DATA = Path(__file__).parents[2] / "tests" / "data"

Content = bytes | dict[str, bytes]
Form = str  # "archive", "oci-archive" or "layout"


@dataclass(frozen=True)
class Archive:
    """An archive of the matrix.

    Attributes:
        name: such as ``podman/save``; its first part is the group in the picture.
        form: ``archive`` is in the form of docker save; ``oci-archive`` a layout in a tar, and
            ``layout`` one in a folder.
        made: by which command.
        content: the bytes of a tar, or the files of a folder by their names.
        links: whether the blobs of the folder are links to files beside it.
    """

    name: str
    form: Form
    made: str
    content: Callable[[], Content]
    links: bool = False

    @property
    def group(self) -> str:
        """What made it."""
        return self.name.partition("/")[0]


def write_archive(archive: Archive, folder: Path) -> Path:
    """Write an archive below a folder; where it is."""
    content = archive.content()
    if isinstance(content, bytes):
        path = folder / f"{archive.name.replace('/', '-')}.tar"
        path.write_bytes(content)
        return path
    path = folder / archive.name.replace("/", "-")
    outputs = path.parent / f"{path.name}-outputs"
    for name, data in content.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if archive.links and name.startswith("blobs/"):
            outputs.mkdir(exist_ok=True)
            (outputs / file.name).write_bytes(data)
            file.symlink_to(Path("../../..") / outputs.name / file.name)
        else:
            file.write_bytes(data)
    return path


def digest_of(archive: Archive) -> str:
    """The SHA-256 of what it consists of, in hexadecimal digits."""
    content = archive.content()
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    hashed = hashlib.sha256(b"links" if archive.links else b"")
    for name, data in sorted(content.items()):
        hashed.update(f"{name} {len(data)}\n".encode() + data)
    return hashed.hexdigest()


def _real() -> Iterator[Archive]:
    for path in sorted((_DATA / "docker").glob("*/*.tar")):
        version = path.parent.name.replace("-containerd-store", " containerd store")
        whole = Archive(
            f"docker {version.removesuffix(' store')}/{path.stem}",
            "archive",
            f"`docker save` of Docker {version}",
            path.read_bytes,
        )
        yield from _by_image(whole)


def _by_image(whole: Archive) -> Iterator[Archive]:
    """An archive; and if it has several images, one for each, for crane takes no tag to validate.

    Those are the archive as it is, but for ``manifest.json``, which has one image only.
    """
    yield whole
    content = whole.content()
    assert isinstance(content, bytes)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        stream = tar.extractfile("manifest.json")
        assert stream is not None
        images = json.loads(stream.read())
    if len(images) < 2:
        return
    for number, image in enumerate(images):
        called = ", ".join(image["RepoTags"] or ()) or "no tag"
        yield Archive(
            f"{whole.name} only {number + 1}",
            "archive",
            f"{whole.made}, with {called} only in manifest.json",
            functools.partial(_with_manifest, content, go_json([image])),
        )


def _with_manifest(archive: bytes, manifest: bytes) -> bytes:
    """A tar with another ``manifest.json``."""
    members = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for info in tar:
            stream = tar.extractfile(info) if info.isreg() else None
            data = stream.read() if stream else b""
            if info.name == "manifest.json":
                data, info.size = manifest, len(manifest)
            members.append((info, data))
    return make_tar(members, tarfile.PAX_FORMAT)


def _first_line(make: Callable[[], Content]) -> str:
    """What the maker says that it writes."""
    return (make.__doc__ or "").partition("\n")[0].replace("``", "`").rstrip(".")


def _unpacked(archive: Archive) -> Archive:
    """The layout of an oci-archive in a folder, which is what crane reads."""

    def files() -> dict[str, bytes]:
        content = archive.content()
        assert isinstance(content, bytes)
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            return {
                info.name: stream.read()
                for info in tar
                if info.isreg() and (stream := tar.extractfile(info))
            }

    made = f"{archive.made}, unpacked"
    return Archive(f"{archive.name} unpacked", "layout", made, files)


# What skopeo 1.9.3 was told; tests/data/matrix/make_archives.py has told it so.
_SKOPEO = {
    "docker-archive": ("archive", "`skopeo copy oci:… docker-archive:…`"),
    "repeated": ("archive", "`skopeo copy oci:… docker-archive:…`, a layer twice"),
    "oci-archive": ("oci-archive", "`skopeo copy oci:… oci-archive:…`"),
    "compressed": ("oci-archive", "`skopeo copy docker-archive:… oci-archive:…`"),
    "zstd": ("oci-archive", "`skopeo copy --dest-compress-format=zstd … oci-archive:…`"),
}


def _of_skopeo_and_umoci() -> Iterator[Archive]:
    for name, (form, made) in _SKOPEO.items():
        path = _DATA / "matrix" / f"skopeo-{name}.tar"
        archive = Archive(f"skopeo/{name}", form, made, path.read_bytes)
        yield archive
        if form == "oci-archive":
            yield _unpacked(archive)
    path = _DATA / "matrix" / "umoci.tar"
    layout = _unpacked(Archive("umoci/layout", "oci-archive", "", path.read_bytes))
    yield replace(layout, name="umoci/layout", made="`umoci insert`, twice")


def _compressed(archive: Archive) -> Archive:
    """An archive that was compressed as a whole, as docker load reads it."""

    def content() -> bytes:
        plain = archive.content()
        assert isinstance(plain, bytes)
        return gzipped(plain)

    return replace(
        archive, name=f"{archive.name} gzip", made=f"{archive.made}, then `gzip`", content=content
    )


def _all() -> Iterator[Archive]:
    yield from _real()
    for name in docker29.__all__:
        yield from _by_image(_one("docker 29", name, "archive", getattr(docker29, name)))
    yield _compressed(_one("docker 29", "app_tag", "archive", docker29.app_tag))
    for name in ("save", "save_repeated", "save_many"):
        yield from _by_image(_one("podman", name, "archive", getattr(podman, name)))
    for name in ("save_oci", "save_oci_plain"):
        yield from _both(_one("podman", name, "oci-archive", getattr(podman, name)))
    for name in ("ctr_export", "ctr_plain", "ctr_zstd", "ctr_all_platforms"):
        yield _one("ctr", name.removeprefix("ctr_"), "archive", getattr(containerd, name))
    yield from _both(_one("ctr", "skip_manifest", "oci-archive", containerd.ctr_skip_manifest))
    for name in ("docker", "docker_plain", "docker_zstd"):
        yield _one("buildx", name, "archive", getattr(buildkit, name))
    for name in filter(re.compile("oci").match, buildkit.__all__):
        yield from _both(_one("buildx", name, "oci-archive", getattr(buildkit, name)))
    yield _one("buildx", "cache", "layout", buildkit.cache)
    for name in ("tar_path", "tar_path_repeated", "tar_path_zstd"):
        yield _one("kaniko", name, "archive", getattr(kaniko, name))
    yield _one("kaniko", "layout", "layout", kaniko.layout)
    yield from _of_skopeo_and_umoci()
    for name in ("docker_image", "docker_image_old"):
        yield _one("rules_docker", name.removeprefix("docker_"), "archive", getattr(bazel, name))
    for name in ("oci_load", "oci_load_plain"):
        yield _one("rules_oci", name.removeprefix("oci_"), "archive", getattr(bazel, name))
    yield _one("rules_oci", "image", "layout", bazel.oci_image)
    yield _one("rules_oci", "image_plain", "layout", bazel.oci_image_plain)
    linked = _one("rules_oci", "image_links", "layout", bazel.oci_image)
    yield replace(linked, made=f"{linked.made}, with links", links=True)
    for name in damaged.__all__:
        yield _one("damaged", name, "archive", getattr(damaged, name))


def _one(group: str, name: str, form: Form, make: Callable[[], Content]) -> Archive:
    return Archive(f"{group}/{name.replace('_', '-')}", form, _first_line(make), make)


def _both(archive: Archive) -> Iterator[Archive]:
    """An oci-archive as it is, and unpacked."""
    yield archive
    yield _unpacked(archive)


ARCHIVES = {archive.name: archive for archive in _all()}
