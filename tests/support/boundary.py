"""Places, limits and archives that several tests of the boundary need."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
import time
from pathlib import Path

from pyggcr import limits, name, types, v1
from pyggcr._values.remote import RemoteOptions, Retry

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "native"

SLOW = 192 << 20  # bytes of a layer that takes many slices, but not long

# Nothing here may take so long; what does, hangs.
HANG = 120

# Seconds within which a call that was cut off returns; uncut, it would wait for minutes.
AT_ONCE = 10.0


def sparse_archive(path, size, head=b""):
    """An archive with one layer that is a hole of ``size`` bytes after its first ones."""
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": ["sha256:" + 64 * "0"]}}).encode()
    manifest = json.dumps([{"Config": "c", "RepoTags": None, "Layers": ["l"]}]).encode()
    with path.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in (("manifest.json", manifest), ("c", config)):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            end = archive.offset
        layer = tarfile.TarInfo("l")
        layer.size = size
        file.seek(end)
        file.write(layer.tobuf(tarfile.GNU_FORMAT) + head)
        file.truncate(end + tarfile.BLOCKSIZE + size + 2 * tarfile.BLOCKSIZE)
    return path


def cancelled_soon():
    """A token that is cancelled in a moment, by another thread."""
    token = limits.CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    return token, timer


class Stopwatch:
    def __enter__(self):
        self.begin = time.monotonic()
        return self

    def __exit__(self, *_):
        self.took = time.monotonic() - self.begin


def wait_until(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read_exactly(stream, size):
    parts = []
    while size:
        parts.append(stream.read(size))
        size -= len(parts[-1])
    return b"".join(parts)


def environment(**more):
    """The environment of a process that imports this project."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def client_of(go, **options):
    """A client of registries."""
    return go.remote.client(options=RemoteOptions(**options))


def impatient_client(go, **options):
    """A client for a registry that fails: it is tried again at once."""
    retry = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)
    return client_of(go, retry=retry, **options)


def daemon_image(go, reference, options):
    """An image of a Docker daemon."""
    profile = go.info.gzip_profile
    return go.daemon.image(reference=reference, options=options, gzip_profile=profile)


def serve(go, address="127.0.0.1:0", *, referrers=False, folder=None):
    """A registry of the Go engine."""
    return go.registry.serve(
        address=address,
        referrers=referrers,
        folder=folder,
        blob_handler=None,
        warnings={},
        logger=None,
        tls=None,
    )


class Served:
    """Where a registry is: ``served("app:1")`` makes a name in it."""

    def __init__(self, host):
        self.host = host

    def __call__(self, path):
        return name.parse_reference(f"{self.host}/{path}")

    def repository(self, path):
        return name.new_repository(f"{self.host}/{path}")


class ListIndex(v1.ImageIndex):
    """An index of images and indexes, as a user would write one."""

    def __init__(self, *children, platforms=()):
        self.children = {str(child.digest()): child for child in children}
        self.platforms = platforms

    def media_type(self):
        return types.MediaType.OCI_IMAGE_INDEX

    def raw_manifest(self):
        entries = []
        for position, child in enumerate(self.children.values()):
            entry = {
                "mediaType": str(child.media_type()),
                "size": child.size(),
                "digest": str(child.digest()),
            }
            if position < len(self.platforms):
                system, processor = self.platforms[position].split("/")
                entry["platform"] = {"os": system, "architecture": processor}
            entries.append(entry)
        document = {
            "schemaVersion": 2,
            "mediaType": str(self.media_type()),
            "manifests": entries,
        }
        return json.dumps(document).encode()

    def index_manifest(self):
        return v1.parse_index_manifest(self.raw_manifest())

    def digest(self):
        return v1.sha256(io.BytesIO(self.raw_manifest()))[0]

    def size(self):
        return len(self.raw_manifest())

    def image(self, digest):
        return self.children[str(digest)]

    def image_index(self, digest):
        return self.children[str(digest)]


class Wrapped(v1.Image):
    """A user's own image: another one, each answer of which a test may replace."""

    def __init__(self, inner, **answers):
        self.inner = inner
        self.answers = answers

    def _answer(self, method, *arguments):
        if method in self.answers:
            return self.answers[method](*arguments)
        return getattr(self.inner, method)(*arguments)

    def layers(self):
        return self._answer("layers")

    def media_type(self):
        return self._answer("media_type")

    def size(self):
        return self._answer("size")

    def config_name(self):
        return self._answer("config_name")

    def config_file(self):
        return self._answer("config_file")

    def raw_config_file(self):
        return self._answer("raw_config_file")

    def digest(self):
        return self._answer("digest")

    def manifest(self):
        return self._answer("manifest")

    def raw_manifest(self):
        return self._answer("raw_manifest")

    def layer_by_digest(self, digest):
        return self._answer("layer_by_digest", digest)

    def layer_by_diff_id(self, diff_id):
        return self._answer("layer_by_diff_id", diff_id)
