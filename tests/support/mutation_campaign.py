"""Compare what both engines, and go-containerregistry itself, make of chains of mutations.

    PYTHONPATH=tests python -m support.mutation_campaign 2000 --referee 300

Each chain is carried out on both engines and by both in turn, and some also by a Go program that
knows nothing of pyggcr (tests/support/go/mutator). They must see the same: every document, digest
and layer, and the class and text of every error. What may differ has its reason in
docs/differences.md.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import itertools
import json
import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pyggcr import empty, engines, errors, layout, match, mutate, partial, tarball, v1
from pyggcr._gostd import json as gojson
from pyggcr.v1.config import CONFIG, ConfigFile, parse_config_file
from pyggcr.v1.kinds import PLATFORM
from pyggcr.v1.manifest import DESCRIPTOR
from support import mutation_inputs
from support.mutation_chains import chain

__all__ = ["Referee", "observed"]

Json = dict[str, Any]
Object = v1.Image | v1.ImageIndex

_ROOT = Path(__file__).parents[2]
_UNKNOWN = "sha256:" + 64 * "e"

# Go prints the structs of both images, with their addresses.
_NOT_BASED = re.compile(r"^image .* is not based on .* (\([^()]*\))$", re.DOTALL)


def observed(chain: Json, *engines: str) -> Json:
    """What an engine makes of a chain, or several that take turns at its steps.

    Documents, digests, layers and errors.
    """
    turns = itertools.cycle(engines)
    try:
        changed = base = _opened(chain["base"], next(turns))
    except errors.Error as error:
        return {"step": -1, **_error(error)}
    for at, step in enumerate(chain["steps"]):
        try:
            changed = getattr(_Steps(next(turns), base), step["do"])(changed, step)
        except errors.Error as error:
            return {"step": at, **_error(error)}
    return _seen(changed)


def _error(error: errors.Error) -> Json:
    if isinstance(error, errors.NativePanicError) or str(error).startswith("the history has "):
        return {"error": "panic"}
    found = _NOT_BASED.match(str(error))
    text = f"image is not based on {found[1]}" if found else str(error)
    return {"error": text, "class": type(error).__name__}


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except errors.Error as error:
        return _error(error)


def _opened(told: Json, engine: str) -> Any:
    if told["from"] == "empty":
        return getattr(empty, told["form"])(engine=engine)
    if told["from"] == "archive":
        return tarball.image_from_path(told["path"], told["tag"], engine=engine, **_profile())
    index = layout.image_index_from_path(told["path"])
    return getattr(index, "image" if told["form"] == "image" else "image_index")(told["digest"])


def _profile() -> dict[str, str]:
    return {"gzip_profile": engines()["go"].gzip_profile}


def _options(told: Json) -> Json:
    """How layers are compressed."""
    return {
        "compression": told["compression"],
        "compression_level": told["level"],
        "media_type": told["layer_type"],
        **_profile(),
    }


class _Steps:
    """Each step by its name."""

    def __init__(self, engine: str, base: Object) -> None:
        self._engine = engine
        self._base = base

    def _layer(self, told: Json) -> v1.Layer:
        return tarball.layer_from_path(told["path"], engine=self._engine, **_options(told))

    def append(self, image: v1.Image, step: Json) -> v1.Image:
        adds = [
            mutate.Addendum(
                None if it["layer"] is None else self._layer(it["layer"]),
                v1.History(**it["history"]),
                it.get("urls"),
                it.get("annotations"),
                it.get("media_type", ""),
            )
            for it in step["adds"]
        ]
        return mutate.append(image, *adds, engine=self._engine)

    def append_layers(self, image: v1.Image, step: Json) -> v1.Image:
        layers = [self._layer(it) for it in step["layers"]]
        return mutate.append_layers(image, *layers, engine=self._engine)

    def config(self, image: v1.Image, step: Json) -> v1.Image:
        config = gojson.unmarshal(json.dumps(step["config"]).encode(), CONFIG)
        return mutate.config(image, config, engine=self._engine)

    def config_file(self, image: v1.Image, step: Json) -> v1.Image:
        config: ConfigFile = parse_config_file(json.dumps(step["config_file"]).encode())
        return mutate.config_file(image, config, engine=self._engine)

    def created_at(self, image: v1.Image, step: Json) -> v1.Image:
        return mutate.created_at(image, v1.Time(*step["time"]), engine=self._engine)

    def annotations(self, changed: Any, step: Json) -> Any:
        return mutate.annotations(changed, step["annotations"], engine=self._engine)

    def subject(self, changed: Any, step: Json) -> Any:
        return mutate.subject(changed, _descriptor(step["subject"]), engine=self._engine)

    def media_type(self, image: v1.Image, step: Json) -> v1.Image:
        return mutate.media_type(image, step["media_type"], engine=self._engine)

    def config_media_type(self, image: v1.Image, step: Json) -> v1.Image:
        return mutate.config_media_type(image, step["media_type"], engine=self._engine)

    def time(self, image: v1.Image, step: Json) -> v1.Image:
        return mutate.time(
            image,
            v1.Time(*step["time"]),
            engine=self._engine,
            **_options(step),
        )

    def canonical(self, image: v1.Image, _step: Json) -> v1.Image:
        return mutate.canonical(image, engine=self._engine, **_profile())

    def rebase(self, image: v1.Image, step: Json) -> v1.Image:
        old = self._base if step["old"] is None else _opened(step["old"], self._engine)
        if not isinstance(old, v1.Image):
            old = empty.image(engine=self._engine)
        new = _opened(step["new"], self._engine)
        return mutate.rebase(image, old, new, engine=self._engine)

    def list(self, image: v1.Image, step: Json) -> v1.ImageIndex:
        add = _index_addendum(image, step["descriptor"])
        return mutate.append_manifests(empty.index(engine=self._engine), add, engine=self._engine)

    def append_manifests(self, index: v1.ImageIndex, step: Json) -> v1.ImageIndex:
        adds = []
        for it in step["adds"]:
            told = it["object"]
            add = self._layer(told) if it["kind"] == "layer" else _opened(told, self._engine)
            adds.append(_index_addendum(add, it["descriptor"]))
        return mutate.append_manifests(index, *adds, engine=self._engine)

    def remove_manifests(self, index: v1.ImageIndex, step: Json) -> v1.ImageIndex:
        return mutate.remove_manifests(index, _matcher(step["matcher"]), engine=self._engine)

    def index_media_type(self, index: v1.ImageIndex, step: Json) -> v1.ImageIndex:
        return mutate.index_media_type(index, step["media_type"], engine=self._engine)

    def pick(self, index: v1.ImageIndex, step: Json) -> v1.Image:
        """The image at a place of the index, or its first one, or an empty image."""
        images = [it for it in index.index_manifest().manifests or () if it.media_type.is_image()]
        if not images:
            return empty.image(engine=self._engine)
        return index.image(images[step["at"] % len(images)].digest)


def _descriptor(told: Json) -> v1.Descriptor:
    found: v1.Descriptor = gojson.unmarshal(json.dumps(told).encode(), DESCRIPTOR)
    return found


def _index_addendum(add: Any, told: Json) -> mutate.IndexAddendum:
    given = _descriptor(told)
    return mutate.IndexAddendum(
        add,
        media_type=given.media_type,
        size=given.size,
        digest=given.digest,
        data=given.data,
        urls=given.urls,
        annotations=given.annotations,
        platform=given.platform,
        artifact_type=given.artifact_type,
    )


def _matcher(told: Json) -> match.Matcher:
    if told["kind"] == "platforms":
        platforms = [
            gojson.unmarshal(json.dumps(it).encode(), PLATFORM) for it in told["platforms"]
        ]
        return match.platforms(*platforms)
    if told["kind"] == "media_types":
        return match.media_types(*told["media_types"])
    if told["kind"] == "annotation":
        return match.annotation(told["key"], told["value"])
    if told["kind"] == "digests":
        return match.digests(*told["digests"])
    return lambda descriptor: descriptor.size > told["larger_than"]


def _seen(changed: Any) -> Json:
    return _image_seen(changed) if isinstance(changed, v1.Image) else _index_seen(changed)


def _image_seen(image: v1.Image) -> Json:
    return {
        "media_type": _asked(lambda: str(image.media_type())),
        "unknown_diff_id": _asked(lambda: _layer_seen(image.layer_by_diff_id(_UNKNOWN))),
        "digest": _asked(lambda: str(image.digest())),
        "manifest": _asked(lambda: image.raw_manifest().decode()),
        "parsed_manifest": _asked(lambda: gojson.marshal(image.manifest()).decode()),
        "config": _asked(lambda: image.raw_config_file().decode()),
        "parsed_config": _asked(lambda: gojson.marshal(image.config_file()).decode()),
        "config_name": _asked(lambda: str(image.config_name())),
        "size": _asked(image.size),
        "layers": _asked(lambda: [_layer_seen(it) for it in image.layers()]),
        "config_layer": _asked(lambda: _layer_seen(image.layer_by_digest(image.config_name()))),
        "by_diff_id": _asked(lambda: [_by_diff_id(image, it) for it in image.layers()]),
        "unknown": _asked(lambda: _layer_seen(image.layer_by_digest(_UNKNOWN))),
        "descriptor": _asked(lambda: gojson.marshal(partial.descriptor(image)).decode()),
    }


def _by_diff_id(image: v1.Image, layer: v1.Layer) -> Any:
    return _asked(lambda: str(image.layer_by_diff_id(layer.diff_id()).digest()))


def _layer_seen(layer: v1.Layer) -> Json:
    return {
        "digest": _asked(lambda: str(layer.digest())),
        "diff_id": _asked(lambda: str(layer.diff_id())),
        "size": _asked(layer.size),
        "media_type": _asked(lambda: str(layer.media_type())),
        "compressed": _asked(lambda: _hashed(layer.compressed)),
        "uncompressed": _asked(lambda: _hashed(layer.uncompressed)),
    }


def _hashed(opened: Callable[[], Any]) -> str:
    with opened() as stream:
        return hashlib.sha256(stream.readall()).hexdigest()


def _index_seen(index: v1.ImageIndex) -> Json:
    return {
        "media_type": _asked(lambda: str(index.media_type())),
        "unknown": _asked(lambda: str(index.image(_UNKNOWN).digest())),
        "digest": _asked(lambda: str(index.digest())),
        "manifest": _asked(lambda: index.raw_manifest().decode()),
        "parsed_manifest": _asked(lambda: gojson.marshal(index.index_manifest()).decode()),
        "size": _asked(index.size),
        "listed": _asked(lambda: [_entry_seen(it) for it in partial.manifests(index)]),
        "descriptor": _asked(lambda: gojson.marshal(partial.descriptor(index)).decode()),
    }


def _entry_seen(entry: Any) -> Json:
    kinds = ((v1.Image, "image"), (v1.ImageIndex, "index"), (v1.Layer, "layer"))
    kind = next((name for kind, name in kinds if isinstance(entry, kind)), "other")
    return {
        "kind": kind,
        "digest": _asked(lambda: str(entry.digest())),
        "size": _asked(entry.size),
        "media_type": _asked(lambda: str(entry.media_type())),
    }


class Referee:
    """The Go program, which is built once and carries out chains one after the other."""

    def __init__(self, folder: Path) -> None:
        self._program = folder / "mutator"
        source = _ROOT / "tests" / "support" / "go" / "mutator" / "main.go"
        # Within native/, whose go.mod has the libraries; with its encoding/json.
        environment = {**os.environ, "GOEXPERIMENT": "nojsonv2", "GOWORK": "off"}
        command = ["go", "build", "-o", self._program, source]
        subprocess.run(command, cwd=_ROOT / "native", env=environment, check=True)

    def observed(self, chains: Iterable[Json]) -> list[Json]:
        """What go-containerregistry makes of each chain; errors have no class."""
        told = "".join(json.dumps(it) + "\n" for it in chains)
        said = subprocess.run(
            [self._program], input=told.encode(), stdout=subprocess.PIPE, check=True
        )
        return [json.loads(line) for line in said.stdout.splitlines()]


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two observations differ, and what each says there."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [*one, *(key for key in other if key not in one)]
        return [
            line
            for key in keys
            for line in differences(one.get(key), other.get(key), f"{path}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line
            for at, pair in enumerate(zip(one, other, strict=True))
            for line in differences(*pair, f"{path}[{at}]")
        ]
    return [] if one == other else [f"{path}: {one!r} | {other!r}"]


def without_classes(observation: Any) -> Any:
    """The observation without the classes of errors, which Go has not."""
    if isinstance(observation, dict):
        return {key: without_classes(it) for key, it in observation.items() if key != "class"}
    if isinstance(observation, list):
        return [without_classes(it) for it in observation]
    return observation


def campaign(seeds: Iterable[int], referee_of: int, folder: Path) -> tuple[int, Json]:
    """Compare; how many differed, and how often each step was done and failed."""
    inputs = mutation_inputs.make(folder)
    chains = {seed: chain(seed, inputs) for seed in seeds}
    judged = list(chains)[:referee_of]
    said = Referee(folder).observed(chains[seed] for seed in judged) if judged else []
    by_referee = dict(zip(judged, said, strict=True))
    done: collections.Counter[str] = collections.Counter()
    wrong = 0
    for seed, it in chains.items():
        seen = {engine: observed(it, engine) for engine in ("go", "python")}
        found = [f"go | python {line}" for line in differences(seen["go"], seen["python"])]
        in_turn = observed(it, "go", "python")
        found += [f"in turn | python {line}" for line in differences(in_turn, seen["python"])]
        if seed in by_referee:
            found += [
                f"referee | {engine} {line}"
                for engine in seen
                for line in differences(by_referee[seed], without_classes(seen[engine]))
            ]
        done.update(step["do"] for step in it["steps"])
        done["error at a step"] += "step" in seen["python"]
        if found:
            wrong += 1
            print(f"chain {seed}: {json.dumps(it)}")  # noqa: T201
            print("\n".join(f"  {line[:600]}" for line in found[:6]))  # noqa: T201
    return wrong, dict(sorted(done.items()))


def main() -> None:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="chains")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first chain (default 0)")
    parser.add_argument("--referee", type=int, default=0, help="chains that Go judges too")
    given = parser.parse_args()
    logging.getLogger("pyggcr").setLevel(
        logging.ERROR
    )  # warnings about media types that do not fit
    with tempfile.TemporaryDirectory() as folder:
        seeds = range(given.seed, given.seed + given.count)
        wrong, done = campaign(seeds, given.referee, Path(folder))
    for what, count in done.items():
        print(f"{count:6} {what}")  # noqa: T201
    print(f"{given.count} chains, {given.referee} judged, {wrong} differ")  # noqa: T201
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    main()
