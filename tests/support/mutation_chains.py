"""Chains of mutations, made from a seed, as JSON that any program can carry out."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.mutation_inputs import Inputs, Json

__all__ = ["MOST_STEPS", "chain"]

MOST_STEPS = 6

_MEDIA_TYPES = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.example",
    "",
]
_CONFIG_TYPES = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.example.config",
]
_INDEX_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.example",
]
_LAYER_TYPES = [
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
]
_TIMES = [[-62135596800, 0, 0], [0, 0, 0], [1_700_000_000, 0, 7200], [1_600_000_000, 5_000_000, 0]]
_PLATFORMS = [
    {"os": "linux", "architecture": "amd64"},
    {"os": "linux", "architecture": "arm64", "variant": "v8"},
    {"os": "windows", "architecture": "amd64", "os.version": "10", "os.features": ["b", "a"]},
]


def chain(seed: int, inputs: Inputs) -> Json:
    """The chain of this seed: what it begins with, and one to six steps."""
    return _Maker(random.Random(seed), inputs).chain()


class _Maker:
    def __init__(self, choice: random.Random, inputs: Inputs) -> None:
        self._random = choice
        self._inputs = inputs

    def chain(self) -> Json:
        form = self._random.choice(["image", "image", "index"])
        base = self._image() if form == "image" else self._index()
        steps = []
        for _ in range(self._random.randint(1, MOST_STEPS)):
            step = self._image_step() if form == "image" else self._index_step()
            form = {"list": "index", "pick": "image"}.get(step["do"], form)
            steps.append(step)
        return {"base": base, "steps": steps}

    def _chance(self, of: int) -> bool:
        return self._random.randrange(of) == 0

    def _image(self) -> Json:
        return self._random.choice(self._inputs.images)

    def _index(self) -> Json:
        return self._random.choice(self._inputs.indexes)

    def _layer(self) -> Json:
        layers = self._inputs.layers
        level = self._random.choice([1, 1, 1, -1, 9])
        return {"path": self._random.choice(layers), "level": level, **self._options()}

    def _image_step(self) -> Json:
        do = self._random.choice(
            ["append"] * 3
            + ["append_layers"] * 2
            + ["config", "config_file", "created_at", "annotations", "subject", "media_type"]
            + ["config_media_type", "time", "time", "canonical", "canonical", "rebase", "list"]
        )
        make = getattr(self, f"_{do}", None)
        return {"do": do, **(make() if make else {})}

    def _index_step(self) -> Json:
        do = self._random.choice(
            ["append_manifests"] * 3
            + ["remove_manifests"] * 2
            + ["annotations", "subject", "index_media_type", "pick"]
        )
        make = getattr(self, f"_{do}", None)
        return {"do": do, **(make() if make else {})}

    def _append(self) -> Json:
        return {"adds": [self._addendum() for _ in range(self._random.randint(0, 3))]}

    def _addendum(self) -> Json:
        add: Json = {"layer": self._layer(), "history": {"created_by": self._word()}}
        if self._chance(3):
            add["layer"] = None
            add["history"]["empty_layer"] = not self._chance(8)
        if self._chance(3):
            add["urls"] = [f"https://example.com/{self._word()}"]
        if self._chance(3):
            add["annotations"] = self._words()
        if self._chance(3):
            add["media_type"] = "application/vnd.example.layer"
        return add

    def _append_layers(self) -> Json:
        return {"layers": [self._layer() for _ in range(self._random.randint(0, 2))]}

    def _config(self) -> Json:
        config: Json = {"Cmd": [self._word()], "Env": [], "Labels": self._words()}
        if self._chance(2):
            config |= {"User": "me", "ExposedPorts": {"80/tcp": {}}, "StopSignal": "KILL"}
        return {"config": config}

    def _config_file(self) -> Json:
        hashes = [f"sha256:{self._random.randrange(16):x}" + 63 * "0"]
        config = {"os": "plan9", "rootfs": {"type": "layers", "diff_ids": hashes}}
        if self._chance(2):
            config |= {"history": [{"comment": self._word()}], "config": {"Hostname": "h"}}
        return {"config_file": config}

    def _created_at(self) -> Json:
        return {"time": self._random.choice(_TIMES)}

    def _annotations(self) -> Json:
        return {"annotations": self._words()}

    def _subject(self) -> Json:
        return {"subject": self._descriptor()}

    def _media_type(self) -> Json:
        return {"media_type": self._random.choice(_MEDIA_TYPES)}

    def _config_media_type(self) -> Json:
        return {"media_type": self._random.choice(_CONFIG_TYPES)}

    def _index_media_type(self) -> Json:
        return {"media_type": self._random.choice(_INDEX_TYPES)}

    def _time(self) -> Json:
        level = self._random.choice([1, 1, 1, 0, -2, 77])
        return {"time": self._random.choice(_TIMES), "level": level, **self._options()}

    def _options(self) -> Json:
        """How layers are compressed, and what they say they are; it need not fit."""
        return {
            "compression": self._random.choice(["gzip", "gzip", "zstd"]),
            "layer_type": self._random.choice(_LAYER_TYPES),
        }

    def _rebase(self) -> Json:
        """Onto another image; half of the time from the base that the chain began with."""
        return {"old": None if self._chance(2) else self._image(), "new": self._image()}

    def _list(self) -> Json:
        """Put the image into an empty index, with a descriptor of its own or not."""
        return {"descriptor": self._descriptor() if self._chance(2) else {}}

    def _append_manifests(self) -> Json:
        return {"adds": [self._listed() for _ in range(self._random.randint(0, 3))]}

    def _listed(self) -> Json:
        kind = self._random.choice(["image", "image", "index", "layer"])
        add: Json = {"kind": kind, "descriptor": {}}
        if kind == "layer":
            add["object"] = self._layer()
        else:
            add["object"] = self._image() if kind == "image" else self._index()
        if self._chance(2):
            add["descriptor"] = self._descriptor()
        return add

    def _descriptor(self) -> Json:
        """Any of the fields; none is seldom wrong about what it describes."""
        fields = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "size": self._random.randrange(1, 9999),
            "digest": f"sha256:{self._random.randrange(16):x}" + 63 * "1",
            "data": "ZGF0YQ==",
            "urls": [self._word()],
            "annotations": self._words(),
            "platform": self._random.choice(_PLATFORMS),
            "artifactType": "application/vnd.example.artifact",
        }
        return {key: value for key, value in fields.items() if self._chance(3)}

    def _remove_manifests(self) -> Json:
        """By a matcher of package match, as data; by a function of the caller's if ``own``."""
        matcher: Json = self._random.choice(
            [
                {"kind": "platforms", "platforms": self._random.sample(_PLATFORMS, 2)},
                {"kind": "media_types", "media_types": [_MEDIA_TYPES[0], _INDEX_TYPES[0]]},
                {"kind": "annotation", "key": "a", "value": "1"},
                {"kind": "digests", "digests": [it["digest"] for it in self._digests()]},
                {"kind": "own", "larger_than": self._random.choice([0, 400, 600])},
            ]
        )
        return {"matcher": matcher}

    def _digests(self) -> list[Json]:
        known = [it for it in self._inputs.images + self._inputs.indexes if "digest" in it]
        return self._random.sample(known, 3)

    def _words(self) -> dict[str, str]:
        return {self._word(): self._word() for _ in range(self._random.randrange(3))}

    def _word(self) -> str:
        return self._random.choice(["a", "b", "1", "é<&>", "org.example/key", "\u2028"])

    def _pick(self) -> Json:
        """Go on with an image of the index: the first that can be had, or the one at ``at``."""
        return {"at": self._random.randrange(3)}
