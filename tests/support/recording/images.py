"""Everything that an archive and its images answer through public functions.

Answers are flat: a name such as ``layers[1].digest``, and a text, a number, a list or a failure,
which is the error's text and class.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from support.recording import adapter
from support.recording.normalising import normal, normal_bytes, renamed

__all__ = [
    "attempt",
    "diagnosis",
    "files_below",
    "further",
    "manifest_and_images",
    "observe",
    "repaired",
    "stored",
    "summary_of_bytes",
    "written",
]

Answers = dict[str, Any]

_UNKNOWN = "sha256:" + "aa".rjust(64, "0")
_NO_TAG = "(no tag)"
_ABSENT_TAG = "absent.example.com/none:1"
_CHUNK = 1 << 20
# Around what tar, and what Go's buffers, read at once.
_SHORT_READS = (100, 511, 512, 513, 5000, 65_536)


def attempt(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the call answers, or its failure."""
    try:
        return call(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - whatever was raised is the answer
        failure = {"error": str(error), "class": type(error).__name__}
        if (number := getattr(error, "errno", None)) is not None:
            failure["errno"] = number
        return failure


def _failed(answer: Any) -> bool:
    return isinstance(answer, dict) and "error" in answer


def summary_of_bytes(data: bytes) -> str:
    """A length and a hash."""
    data = normal_bytes(data)
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"


def _stream(open_stream: Callable[[], Any]) -> str:
    digest, size = hashlib.sha256(), 0
    with open_stream() as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return f"{size} {digest.hexdigest()}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _document(document: object) -> str:
    return _text(adapter.marshal(document))


def _ok(_nothing: object) -> str:
    return "ok"


def _about(layer: Any) -> str:
    with layer.compressed() as stream:
        size = len(stream.read())
    return f"{layer.digest()} {layer.media_type()} {layer.size()} {size}"


def observe(image: Any) -> Answers:
    """The answers that the golden files have, of an image and its layers."""
    from pyggcr import partial, validate

    answers: Answers = {
        "media_type": attempt(lambda: str(image.media_type())),
        "digest": attempt(lambda: str(image.digest())),
        "size": attempt(image.size),
        "config_name": attempt(lambda: str(image.config_name())),
        "raw_manifest": attempt(lambda: _text(image.raw_manifest())),
        "raw_config": attempt(lambda: _text(image.raw_config_file())),
        "fs_layers": attempt(lambda: list(map(str, partial.fs_layers(image)))),
        "diff_ids": attempt(lambda: list(map(str, partial.diff_ids(image)))),
        "unknown_blob": attempt(lambda: str(partial.blob_to_diff_id(image, _UNKNOWN))),
        "unknown_diff_id": attempt(lambda: str(partial.diff_id_to_blob(image, _UNKNOWN))),
    }
    layers = attempt(image.layers)
    if _failed(layers):
        answers["layers"] = layers
    else:
        answers["len(layers)"] = len(layers)
        for index, layer in enumerate(layers):
            for name, answer in _observe_layer(image, layer).items():
                answers[f"layers[{index}].{name}"] = answer
    answers["validate"] = attempt(lambda: _ok(validate.image(image)))
    return answers


def _observe_layer(image: Any, layer: Any) -> Answers:
    from pyggcr import partial

    digest = attempt(lambda: str(layer.digest()))
    diff_id = attempt(lambda: str(layer.diff_id()))
    answers = {
        "digest": digest,
        "diff_id": diff_id,
        "size": attempt(layer.size),
        "media_type": attempt(lambda: str(layer.media_type())),
        "compressed": attempt(lambda: _stream(layer.compressed)),
        "uncompressed": attempt(lambda: _stream(layer.uncompressed)),
    }
    if not _failed(digest):
        answers["blob_to_diff_id"] = attempt(lambda: str(partial.blob_to_diff_id(image, digest)))
        answers["layer_by_digest"] = attempt(lambda: _ok(image.layer_by_digest(digest)))
    if not _failed(diff_id):
        answers["diff_id_to_blob"] = attempt(lambda: str(partial.diff_id_to_blob(image, diff_id)))
        answers["layer_by_diff_id"] = attempt(lambda: _ok(image.layer_by_diff_id(diff_id)))
    return answers


def _observe_more(image: Any) -> Answers:
    answers = {name: attempt(call) for name, call in _questions(image)}
    layers = attempt(image.layers)
    if not _failed(layers):
        for index, layer in enumerate(layers):
            for name, call in _layer_questions(image, layer):
                answers[f"layers[{index}].{name}"] = attempt(call)
    return answers


def _questions(image: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    from pyggcr import partial, validate

    yield "engine", lambda: image.engine
    yield "config_file", lambda: _document(image.config_file())
    yield "manifest", lambda: _document(image.manifest())
    yield "partial_config_file", lambda: _text(partial.raw_config_file(image))
    yield "partial_manifest", lambda: _text(partial.raw_manifest(image))
    yield "partial_digest", lambda: str(partial.digest(image))
    yield "partial_config_name", lambda: str(partial.config_name(image))
    yield "partial_size", lambda: partial.size(image)
    yield "descriptor", lambda: _document(partial.descriptor(image))
    yield "artifact_type", lambda: str(partial.artifact_type(image))
    yield "config_layer", lambda: _about(partial.config_layer(image))
    yield "validate_fast", lambda: _ok(validate.image(image, fast=True))
    yield (
        "config_descriptor",
        lambda: _document(partial.blob_descriptor(image, image.config_name())),
    )
    yield "config_by_digest", lambda: _about(image.layer_by_digest(image.config_name()))
    yield "unknown_blob_size", lambda: partial.blob_size(image, _UNKNOWN)
    yield "unknown_descriptor", lambda: _document(partial.blob_descriptor(image, _UNKNOWN))
    yield "unknown_layer_by_digest", lambda: _about(image.layer_by_digest(_UNKNOWN))
    yield "unknown_layer_by_diff_id", lambda: _about(image.layer_by_diff_id(_UNKNOWN))


def _layer_questions(image: Any, layer: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    from pyggcr import partial, validate

    yield "uncompressed_size", lambda: partial.uncompressed_size(layer)
    yield "exists", lambda: partial.exists(layer)
    yield "descriptor", lambda: _document(partial.descriptor(layer))
    yield "blob_size", lambda: partial.blob_size(image, layer.digest())
    yield "blob_descriptor", lambda: _document(partial.blob_descriptor(image, layer.digest()))
    yield "validate", lambda: _ok(validate.layer(layer))
    yield "validate_fast", lambda: _ok(validate.layer(layer, fast=True))
    yield "found_by_digest", lambda: _about(image.layer_by_digest(layer.digest()))
    yield "found_by_diff_id", lambda: _about(image.layer_by_diff_id(layer.diff_id()))


def _tags(path: Path, engine: str) -> list[str]:
    from pyggcr import name, tarball

    found = attempt(lambda: tarball.load_manifest(path, engine=engine) or [])
    tags = [] if _failed(found) else [tag for each in found for tag in each.repo_tags or ()]
    return [tag for tag in dict.fromkeys(tags) if not _failed(attempt(name.new_tag, tag))]


def _prefixed(prefix: str, answers: Answers) -> Answers:
    return {f"{prefix}.{name}": answer for name, answer in answers.items()}


def _opened(call: Callable[[], Any], questions: Callable[[Any], Answers]) -> Answers:
    image = attempt(call)
    if _failed(image):
        return {"open": image}
    with image:
        return questions(image)


def _finished(answers: Answers, path: Path) -> Answers:
    finished: Answers = normal(renamed(answers, {os.fspath(path): "(archive)"}))
    return finished


def manifest_and_images(path: Path, engine: str) -> Answers:
    """What ``load_manifest`` says; the image of each tag, of none, and of an absent one."""
    from pyggcr import tarball

    def manifest() -> list[str]:
        return [_document(each) for each in tarball.load_manifest(path, engine=engine) or ()]

    answers: Answers = {"load_manifest": attempt(manifest)}
    for tag in (None, *_tags(path, engine), _ABSENT_TAG):
        open_image = functools.partial(tarball.image_from_path, path, tag, engine=engine)
        answers |= _prefixed(tag or _NO_TAG, _opened(open_image, observe))
    return _finished(answers, path)


def further(path: Path, engine: str) -> Answers:
    """Of the first image that opens: package partial, short reads, layer sources trusted."""
    from pyggcr import tarball

    tag = _first_that_opens(path, engine)
    answers = _prefixed(
        "more", _opened(lambda: tarball.image_from_path(path, tag, engine=engine), _observe_more)
    )
    answers |= _prefixed(
        "short_reads",
        _opened(lambda: tarball.image(_short_reads(path), tag, engine=engine), observe),
    )
    answers |= _prefixed(
        "trusted",
        _opened(
            lambda: tarball.image_from_path(path, tag, engine=engine, layer_sources="trusted"),
            observe,
        ),
    )
    return _finished(answers, path)


def _first_that_opens(path: Path, engine: str) -> str | None:
    from pyggcr import tarball

    for tag in (None, *_tags(path, engine)):
        image = attempt(tarball.image_from_path, path, tag, engine=engine)
        if not _failed(image):
            image.close()
            return tag
    return None


class _ShortReads(io.RawIOBase):
    """A file that gives less than it is asked for, and cannot seek."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._sizes = itertools.cycle(_SHORT_READS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(memoryview(buffer)[: next(self._sizes)]) or 0

    def close(self) -> None:
        self._file.close()
        super().close()


def _short_reads(path: Path) -> Callable[[], Any]:
    return lambda: _ShortReads(path)


def written(path: Path, engine: str, folder: Path) -> Answers:
    """What is written of the first image that opens: archives, a layout, the files of it."""
    from pyggcr import tarball

    tag = _first_that_opens(path, engine)

    def questions(image: Any) -> Answers:
        return {
            "save": attempt(lambda: _bytes_of(adapter.save, {"app:1": image})),
            "save_legacy": attempt(lambda: _bytes_of(adapter.save_legacy, {"app:1": image})),
            "save_oci": _first_failure(attempt(lambda: _folder_of({"app:1": image}, folder))),
            "export": attempt(lambda: _bytes_of(adapter.extract, image)),
        }

    answers = _opened(lambda: tarball.image_from_path(path, tag, engine=engine), questions)
    return _finished(renamed(answers, {os.fspath(folder): "(folder)"}), path)


def _first_failure(answer: Any) -> Any:
    """The answer; of a failure only that: blobs are written at once, and any may fail first."""
    return {"error": "(of any blob)"} if _failed(answer) else answer


def _bytes_of(write: Callable[[Any, Any], None], what: Any) -> str:
    target = io.BytesIO()
    write(what, target)
    return summary_of_bytes(target.getvalue())


def _folder_of(images: dict[str, Any], folder: Path) -> Answers:
    adapter.save_oci(images, folder, annotate=True)
    return files_below(folder)


def files_below(folder: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    """Each file and folder below: its mode, and what is in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] in leave_out:
            continue
        mode = f"{path.lstat().st_mode:o}"
        if path.is_symlink():
            found[name] = f"{mode} -> {path.readlink()}"
        elif path.is_file():
            found[name] = f"{mode} {summary_of_bytes(path.read_bytes())}"
        else:
            found[name] = mode
    return found


def stored(path: Path, *, whole: bool) -> Answers:
    """What ``pyggcr.open`` finds; ``whole``: also everything that these images answer."""
    import pyggcr

    store = attempt(lambda: pyggcr.open(path))
    if _failed(store):
        return _finished({"open": store}, path)
    with store:
        answers: Answers = {
            "passed_over": [str(each) for each in store.passed_over],
            "index_damage": str(store.index_damage),
        }
        images = attempt(store.images)
        if _failed(images):
            return _finished({**answers, "images": images}, path)
        answers["len(images)"] = len(images)
        for index, image in enumerate(images):
            found = {**_about_stored(image), **(observe(image) if whole else {})}
            answers |= _prefixed(f"images[{index}]", found)
    return _finished(answers, path)


def _about_stored(image: Any) -> Answers:
    from pyggcr import validate

    return {
        "tags": attempt(lambda: list(image.tags)),
        "platform": attempt(lambda: str(image.platform)),
        "digest": attempt(lambda: str(image.digest())),
        "config_name": attempt(lambda: str(image.config_name())),
        "layers": attempt(lambda: [str(it.diff_id()) for it in image.layers()]),
        "validate": attempt(lambda: _ok(validate.image(image))),
    }


def diagnosis(path: Path) -> Answers:
    """What the doctor finds, with every check."""
    from pyggcr import doctor

    def diagnose() -> str:
        report = doctor.diagnose(path, deep=True, digests=True)
        return json.dumps(report.to_json(), indent=1)

    return _finished({"diagnose": attempt(diagnose)}, path)


def repaired(path: Path, folder: Path, compressions: tuple[str, ...]) -> Answers:
    """What repairing writes, and what it says of it."""
    from pyggcr import doctor

    def repair(compression: str) -> list[str]:
        target = folder / f"{compression}.tar"
        done = doctor.repair(path, target, compression=compression)
        return [
            summary_of_bytes(target.read_bytes()),
            *(
                f"{image.tags} {image.platform} {image.config} {image.digest} "
                f"{[str(each) for each in image.layers]}"
                for image in done.images
            ),
        ]

    answers = {each: attempt(repair, each) for each in compressions}
    answers["files"] = sorted(it.name for it in folder.iterdir())
    return _finished(renamed(answers, {os.fspath(folder): "(folder)"}), path)
