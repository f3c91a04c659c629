"""Calls on archives, layers, documents and layouts, and what is written of images."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from support.recording import adapter
from support.recording.bench import GZIP, MULTI, PLAIN, PLATFORMS, ZEROS, Bench, Call, plain
from support.recording.images import attempt, files_below, summary_of_bytes
from support.recording.normalising import DATA

__all__ = ["index_of", "layout_calls", "partial_calls", "tarball_calls", "writing_calls"]


def _layer_from(path: Path, opener: bool, **options: Any) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import tarball

        options_of = {"engine": bench.engine, **options}
        if opener:
            return tarball.layer_from_opener(lambda: path.open("rb"), **options_of)
        return tarball.layer_from_path(path, **options_of)

    return call


def tarball_calls() -> Iterator[tuple[str, Call]]:
    for path in sorted((DATA / "tar/archives").glob("*.tar")):
        yield f"layer_from_path({path.name})", _layer_from(path, False)
        yield f"layer_from_opener({path.name})", _layer_from(path, True)
    path = DATA / "tar/archives/gnu.tar"
    for level in (-2, -1, 0, 1, 6, 9, 10, -3, 1 << 70):
        yield f"level {level}", _layer_from(path, False, compression_level=level)
    for profile in ("go1.26", "go1.27", "go1.27-arm64", "go1.0"):
        yield f"profile {profile}", _layer_from(path, False, gzip_profile=profile)
    yield "layer_from_path(missing)", _layer_from(DATA / "missing.tar", False)
    yield "layer_from_path(folder)", _layer_from(DATA, False)
    yield "image(missing)", lambda bench: bench.open(DATA / "missing.tar")
    yield "image(folder)", lambda bench: bench.open(DATA)
    yield "image(bad tag)", lambda bench: bench.open(GZIP, "UPPER:1")
    yield "raising opener", _raising_opener
    yield "reading after close", _read_after_close
    yield "use_engine", _use_engine


def _raising_opener(bench: Bench) -> Any:
    from pyggcr import tarball

    def opener() -> Any:
        raise LookupError("by the opener")

    return tarball.image(opener, engine=bench.engine)


def _read_after_close(bench: Bench) -> Any:
    from pyggcr import tarball

    image = tarball.image_from_path(PLAIN, engine=bench.engine)
    layer = image.layers()[0]
    stream = layer.compressed()
    image.close()
    image.close()
    with stream:
        return [
            attempt(lambda: str(image.digest())),
            attempt(lambda: str(layer.digest())),
            attempt(lambda: len(stream.read())),
        ]


def _use_engine(bench: Bench) -> Any:
    import pyggcr
    from pyggcr import tarball

    with pyggcr.use_engine(bench.engine), tarball.image_from_path(GZIP) as image:
        return [image.engine, image.digest()]


# --- package partial, of documents ---


def _parts(bench: Bench) -> Any:
    from pyggcr import partial

    image = bench.open(GZIP)
    return partial.Parts(manifest=image.raw_manifest(), config_file=image.raw_config_file())


_OF_PARTS = (
    *("config_file", "config_name", "config_layer", "diff_ids", "raw_config_file", "digest"),
    *("manifest", "raw_manifest", "size", "fs_layers", "artifact_type"),
)


def _of_documents(function: str, make: Callable[[Bench], Any], *arguments: Any) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import partial

        return getattr(partial, function)(make(bench), *arguments, engine=bench.engine)

    return call


def partial_calls() -> Iterator[tuple[str, Call]]:
    from pyggcr import partial, v1

    sources = {
        "parts": _parts,
        "manifest": lambda bench: bench.open(GZIP).manifest(),
        "config file": lambda bench: bench.open(GZIP).config_file(),
        "empty parts": lambda _: partial.Parts(),
        "bad manifest": lambda _: partial.Parts(manifest=b"{", config_file=b"["),
        "plain image": lambda bench: bench.open(PLAIN),
        "empty manifest": lambda _: v1.parse_manifest(b"{}"),
    }
    for label, make in sources.items():
        for function in _OF_PARTS:
            yield f"{function}({label})", _of_documents(function, make)
        for function in ("blob_size", "blob_descriptor", "blob_to_diff_id", "diff_id_to_blob"):
            yield f"{function}({label}, unknown)", _of_documents(function, make, ZEROS)
            yield f"{function}({label}, bad)", _of_documents(function, make, "bad")
    yield "find_manifests", _find_manifests
    yield "completed layers", _completed_layers
    yield "completed images", _completed_images


def _find_manifests(bench: Bench) -> Any:
    from pyggcr import match, partial, v1

    index = v1.parse_index_manifest(_member(PLATFORMS, "index.json"))
    return [
        partial.find_manifests(index, matcher, engine=bench.engine)
        for matcher in (lambda _: True, match.name("nosuch"), match.platforms())
    ]


def _member(path: Path, name: str) -> bytes:
    with tarfile.open(path) as tar:
        file = tar.extractfile(name)
        assert file is not None
        return file.read()


class _LayerCore:
    """A layer that knows only its blob, or only its content."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        if name in ("digest", "diff_id", "size", "media_type", "compressed", "uncompressed"):
            return getattr(self._layer, name)
        raise AttributeError(name)


class _ImageCore:
    def __init__(self, image: Any) -> None:
        self._image = image

    def media_type(self) -> Any:
        return self._image.media_type()

    def raw_manifest(self) -> bytes:
        return bytes(self._image.raw_manifest())

    def raw_config_file(self) -> bytes:
        return bytes(self._image.raw_config_file())

    def layer_by_digest(self, digest: Any) -> Any:
        return _LayerCore(self._image.layer_by_digest(digest))

    def layer_by_diff_id(self, diff_id: Any) -> Any:
        return _LayerCore(self._image.layer_by_diff_id(diff_id))


def _completed_layers(bench: Bench) -> Any:
    from pyggcr import partial

    return [
        [plain(partial.compressed_to_layer(_LayerCore(layer))),
         plain(partial.uncompressed_to_layer(_LayerCore(layer)))]
        for path in (GZIP, PLAIN)
        for layer in bench.open(path).layers()
    ]  # fmt: skip


def _completed_images(bench: Bench) -> Any:
    from pyggcr import partial

    return [
        plain(make(_ImageCore(bench.open(path))))
        for path in (GZIP, PLAIN)
        for make in (partial.compressed_to_image, partial.uncompressed_to_image)
    ]


# --- layouts ---


def _layout(bench: Bench) -> Path:
    folder = bench.folder / "layout"
    if not folder.exists():
        images = {"app:1": bench.open(GZIP), "plain:1": bench.open(PLAIN)}
        adapter.save_oci(images, folder, annotate=True)
        adapter.save_oci({"again:1": bench.open(GZIP)}, folder)
    return folder


def index_of(bench: Bench) -> Any:
    from pyggcr import layout

    return layout.image_index_from_path(_layout(bench))


def _each_image(bench: Bench) -> Any:
    index = index_of(bench)
    entries = index.index_manifest().manifests
    return [plain(index.image(entry.digest)) for entry in entries]


def layout_calls() -> Iterator[tuple[str, Call]]:
    yield "files", lambda bench: files_below(_layout(bench))
    yield "index", lambda bench: index_of(bench).raw_manifest()
    yield "about the index", lambda bench: [
        index_of(bench).media_type(), index_of(bench).digest(), index_of(bench).size()
    ]  # fmt: skip
    yield "index manifest", lambda bench: index_of(bench).index_manifest()
    yield "images", _each_image
    yield "unknown image", lambda bench: index_of(bench).image(ZEROS)
    yield "unknown index", lambda bench: index_of(bench).image_index(ZEROS)
    yield "bad digest", lambda bench: index_of(bench).image("bad")
    yield "missing", _layout_of(DATA / "missing")
    yield "no layout", _layout_of(DATA)
    yield "a file", _layout_of(GZIP)
    yield "validate index", _validate_index
    yield "find images", _find_images
    yield "find indexes", _find_indexes


def _layout_of(path: Path) -> Call:
    def call(_bench: Bench) -> Any:
        from pyggcr import layout

        return layout.image_index_from_path(path)

    return call


def _validate_index(bench: Bench) -> Any:
    from pyggcr import validate

    index = index_of(bench)
    return [
        attempt(validate.index, index, fast=fast, engine=bench.engine) for fast in (False, True)
    ]


def _find_images(bench: Bench) -> Any:
    from pyggcr import match, partial

    found = partial.find_images(index_of(bench), match.platforms())
    found += partial.find_images(index_of(bench), lambda _: True)
    return [str(image.digest()) for image in found]


def _find_indexes(bench: Bench) -> Any:
    from pyggcr import partial

    return partial.find_indexes(index_of(bench), lambda _: True)


# --- writing ---


def writing_calls() -> Iterator[tuple[str, Call]]:
    for form in ("save", "save_legacy"):
        yield f"{form} two", _saved(form, {"app:1": (GZIP, None), "plain:1": (PLAIN, None)})
        yield f"{form} none", _saved(form, {})
        yield f"{form} by digest", _saved(form, {f"app@{ZEROS}": (GZIP, None)})
        yield f"{form} bad name", _saved(form, {"UPPER": (GZIP, None)})
        yield (
            f"{form} same image",
            _saved(form, {"a:1": (MULTI, "dup:1"), "b:1": (MULTI, "dup:1")}),
        )
    yield "export plain", _exported(PLAIN)
    yield "export to a path", _export_to_path
    yield "save over a folder", _save_over_folder
    yield "save_oci over a file", _save_oci_over_file


def _saved(form: str, images: dict[str, tuple[Path, str | None]]) -> Call:
    def call(bench: Bench) -> Any:
        opened = {name: bench.open(path, tag) for name, (path, tag) in images.items()}
        stream = io.BytesIO()
        write = getattr(adapter, form)
        write(opened, stream)
        target = bench.folder / f"{form}.tar"
        write(opened, target)
        return [
            summary_of_bytes(stream.getvalue()),
            summary_of_bytes(target.read_bytes()),
            f"{target.stat().st_mode:o}",
        ]

    return call


def _exported(path: Path) -> Call:
    def call(bench: Bench) -> Any:
        stream = io.BytesIO()
        adapter.extract(bench.open(path), stream)
        return summary_of_bytes(stream.getvalue())

    return call


def _export_to_path(bench: Bench) -> Any:
    target = bench.folder / "files.tar"
    adapter.extract(bench.open(PLAIN), target)
    return [summary_of_bytes(target.read_bytes()), f"{target.stat().st_mode:o}"]


def _save_over_folder(bench: Bench) -> Any:
    target = bench.folder / "taken"
    target.mkdir()
    return attempt(lambda: adapter.save({"app:1": bench.open(GZIP)}, target)), files_below(target)


def _save_oci_over_file(bench: Bench) -> Any:
    target = bench.folder / "taken-file"
    target.write_bytes(b"x")
    return attempt(lambda: adapter.save_oci({"app:1": bench.open(GZIP)}, target))
