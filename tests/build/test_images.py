"""Images and indexes of a base, layers and settings: what their documents say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyggcr import build, mutate, partial, tarball, v1, validate
from pyggcr._layers.composed import ComposedImage, ComposedIndex, described, serialized
from pyggcr.errors import (
    BuildError,
    ImageNotFoundError,
    MismatchedLayersError,
    UnsupportedOptionError,
)
from pyggcr.types import MediaType

DOCKER = Path(__file__).parent.parent / "data" / "docker"
APP = DOCKER / "28.5.2" / "app-tag.tar"


@pytest.fixture
def layer():
    with build.layer({"/srv/added": "added\n"}) as layer:
        yield layer


@pytest.fixture
def base(engine):
    with tarball.image_from_path(APP, engine=engine, gzip_profile=None) as image:
        yield image


def config_of(image):
    return json.loads(image.raw_config_file())


def composed(config, *, layers=(), **more):
    """An image with this config, as somebody else may have made it."""
    raw = json.dumps(config).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_MANIFEST_SCHEMA1),
        "config": described(MediaType.OCI_CONFIG_JSON, raw),
        "layers": [
            {"mediaType": str(it.media_type()), "size": it.size(), "digest": str(it.digest())}
            for it in layers
        ],
        **more,
    }
    return ComposedImage(serialized(manifest), raw, layers)


def test_an_image_of_layers_alone(layer):
    image = build.image(layers=[layer], entrypoint=["/srv/run"], cmd=["--help"])

    assert config_of(image) == {
        "created": "1970-01-01T00:00:00Z",
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": ["/srv/run"], "Cmd": ["--help"]},
        "rootfs": {"type": "layers", "diff_ids": [str(layer.diff_id())]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "pyggcr build"}],
    }
    assert json.loads(image.raw_manifest()) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "size": len(image.raw_config_file()),
            "digest": str(image.config_name()),
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "size": layer.size(),
                "digest": str(layer.digest()),
            }
        ],
    }


def test_both_engines_find_it_valid(engine, base, layer):
    image = build.image(base, [layer], env={"A": "b"})

    validate.image(image, engine=engine)
    index = build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])
    validate.index(index, engine=engine)


def test_a_layer_on_a_base(base, layer):
    image = build.image(base, [layer], created=1_700_000_000)

    before, after = base.manifest(), image.manifest()
    assert after.layers[:-1] == before.layers
    assert after.layers[-1].media_type == MediaType.DOCKER_LAYER
    assert after.layers[-1].digest == layer.digest()
    assert image.media_type() == base.media_type()
    config = image.config_file()
    assert config.rootfs.diff_ids == [*base.config_file().rootfs.diff_ids, layer.diff_id()]
    assert config.history[:-1] == base.config_file().history
    assert str(config.created) == str(config.history[-1].created) == "2023-11-14T22:13:20Z"
    assert [it.diff_id() for it in image.layers()] == config.rootfs.diff_ids
    assert image.layer_by_diff_id(layer.diff_id()).digest() == layer.digest()


def test_settings_change_what_they_name_and_nothing_else(base):
    image = build.image(
        base,
        env={"GREETING": "bye", "NEW": "1"},
        labels={"org.example.title": "new"},
        user="0",
        workdir="/srv",
        ports=[53, "53/udp", "9000-9001"],
        volumes=["/data"],
        stop_signal="SIGINT",
        author="Ann",
        annotations={"org.example": "yes"},
    )

    before, after = base.config_file(), image.config_file()
    assert after.config.env == ["PATH=/bin", "GREETING=bye", "NEW=1"]
    assert after.config.labels == {**before.config.labels, "org.example.title": "new"}
    assert (after.config.user, after.config.working_dir) == ("0", "/srv")
    assert after.config.exposed_ports == {"8080/tcp", "53/tcp", "53/udp", "9000-9001/tcp"}
    assert after.config.volumes == {*before.config.volumes, "/data"}
    assert (after.config.stop_signal, after.author) == ("SIGINT", "Ann")
    assert (after.config.cmd, after.config.entrypoint) == (
        before.config.cmd,
        before.config.entrypoint,
    )
    assert image.manifest().annotations == {"org.example": "yes"}
    assert after.rootfs == before.rootfs


def test_a_new_entrypoint_drops_the_base_s_cmd(base):
    assert base.config_file().config.cmd
    image = build.image(base, entrypoint=["/srv/run"])
    assert (image.config_file().config.entrypoint, image.config_file().config.cmd) == (
        ["/srv/run"],
        None,
    )


def test_what_is_not_known_stays_and_subject_goes(layer):
    base = composed(
        {
            "architecture": "arm64",
            "os": "linux",
            "x-unknown": [1, {"a": "é<&>"}],
            "config": {"Memory": 12, "Cmd": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": []},
        },
        subject=described(MediaType.OCI_MANIFEST_SCHEMA1, b"{}"),
        annotations={"kept": "yes"},
        unknown="too",
    )
    image = build.image(base, [layer])

    config = config_of(image)
    assert config["x-unknown"] == [1, {"a": "é<&>"}]
    assert config["config"] == {"Memory": 12, "Cmd": ["sh"]}
    manifest = json.loads(image.raw_manifest())
    assert "subject" not in manifest
    assert (manifest["annotations"], manifest["unknown"]) == ({"kept": "yes"}, "too")


def test_a_base_without_a_history_gets_none(layer):
    base = composed(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [str(layer.diff_id())]},
        },
        layers=[layer],
    )
    with build.layer({"/more": ""}) as more:
        assert "history" not in config_of(build.image(base, [more]))


def test_a_base_whose_history_does_not_fit_is_refused(layer):
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [str(layer.diff_id())]},
        "history": [{"created_by": "one"}, {"created_by": "two"}],
    }
    with pytest.raises(BuildError) as caught:
        build.image(composed(config, layers=[layer]))
    assert str(caught.value) == "the base has 1 layers, but its history tells of 2"
    with pytest.raises(BuildError) as caught:
        build.image(composed({**config, "history": None}))
    assert str(caught.value) == "the base has 0 layers, but its config 1 DiffIDs"


def test_a_base_that_is_no_container_image():
    manifest = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_MANIFEST_SCHEMA1),
        "config": described(MediaType.OCI_EMPTY_JSON, b"{}"),
        "layers": [],
    }
    with pytest.raises(BuildError, match="its config is application/vnd.oci.empty"):
        build.image(ComposedImage(serialized(manifest), b"{}", []))


def test_docker_has_no_zstd(base):
    with (
        build.layer({"/a": ""}, compression="zstd") as layer,
        pytest.raises(BuildError, match="docker images have no layers like .*zstd"),
    ):
        build.image(base, [layer])


def test_docker_has_no_other_family_of_layers_than_its_own(base, layer):
    image = build.image(layers=[layer], media_types="docker")
    assert image.manifest().layers[0].media_type == MediaType.DOCKER_LAYER
    assert image.layers()[0].media_type() == MediaType.DOCKER_LAYER
    with pytest.raises(BuildError, match="the base has media types of docker, not oci"):
        build.image(base, [layer], media_types="oci")
    with pytest.raises(UnsupportedOptionError, match="media types are oci or docker"):
        build.image(layers=[layer], media_types="schema1")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"ports": ["http"]}, "'http' is no port such as 8080 or 53/udp"),
        ({"ports": [0]}, "0 is no port such as 8080 or 53/udp"),
        ({"ports": ["1-2-3"]}, "'1-2-3' is no port such as 8080 or 53/udp"),
        ({"ports": ["80/xyz"]}, "'80/xyz' is no port such as 8080 or 53/udp"),
        ({"workdir": "srv"}, "workdir is an absolute path, not 'srv'"),
        ({"volumes": ["srv"]}, "volume is an absolute path, not 'srv'"),
        ({"env": {"A=B": ""}}, "'A=B' cannot be the name of a variable"),
        ({"env": {"": ""}}, "'' cannot be the name of a variable"),
    ],
)
def test_settings_that_make_no_sense(settings, text):
    with pytest.raises(BuildError) as caught:
        build.image(**settings)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("base",), {}),
        ((None, ["layer"]), {}),
        ((), {"cmd": "sh"}),
        ((), {"colour": "red"}),
    ],
)
def test_arguments_of_a_wrong_type(arguments, options):
    with pytest.raises(TypeError):
        build.image(*arguments, **options)


def test_several_platforms(layer):
    with build.layer({"/arm": ""}) as arm:
        index = build.index(
            layers={"linux/amd64": [layer], "linux/arm64/v8": [layer, arm]},
            platforms=["linux/amd64", "linux/arm64/v8"],
            cmd=["sh"],
        )
        first, second = index.index_manifest().manifests
        assert [str(it.platform) for it in (first, second)] == ["linux/amd64", "linux/arm64/v8"]
        assert len(index.image(second.digest).layers()) == 2
        assert index.image(second.digest).config_file().variant == "v8"
        assert index.image(first.digest).config_file().config.cmd == ["sh"]
        assert index.media_type() == MediaType.OCI_IMAGE_INDEX
        with pytest.raises(ImageNotFoundError, match="layers are given for linux/s390x"):
            build.index(layers={"linux/s390x": [layer]}, platforms=["linux/amd64"])


def test_an_index_on_an_index(layer):
    below = build.index(platforms=["linux/amd64", "linux/arm64/v8"], env={"A": "b"})
    every = build.index(below, [layer])
    one = build.index(below, [layer], platforms=["linux/arm64"])

    assert [str(it.platform) for it in every.index_manifest().manifests] == [
        "linux/amd64",
        "linux/arm64/v8",
    ]
    (entry,) = one.index_manifest().manifests
    assert str(entry.platform) == "linux/arm64/v8"
    image = one.image(entry.digest)
    assert image.config_file().config.env == ["A=b"]
    assert len(image.layers()) == 1
    with pytest.raises(ImageNotFoundError) as caught:
        build.index(below, platforms=["windows/amd64"])
    assert str(caught.value) == (
        "the base has no image for windows/amd64: it has linux/amd64, linux/arm64/v8"
    )
    with pytest.raises(BuildError, match="platforms are needed"):
        build.index()


def test_an_index_without_platforms(layer):
    one = build.image(layers=[layer])
    other = build.image(layers=[layer], cmd=["sh"])

    def index(*images):
        entries = [described(it.media_type(), it.raw_manifest()) for it in images]
        manifest = {
            "schemaVersion": 2,
            "mediaType": str(MediaType.OCI_IMAGE_INDEX),
            "manifests": entries,
        }
        return ComposedIndex(serialized(manifest), {it.digest(): it for it in images})

    (entry,) = build.index(index(one), env={"A": "b"}).index_manifest().manifests
    assert str(entry.platform) == "linux/amd64"
    with pytest.raises(BuildError) as caught:
        build.index(index(one, other))
    assert str(caught.value) == "the base has several images for linux/amd64; choose one of them"
    with pytest.raises(BuildError, match="the base has no image with a platform"):
        build.index(index())


def test_layers_of_any_origin(engine, base, layer):
    own = tarball.image_from_path(APP, engine=engine)
    with own:
        image = build.image(layers=[own.layers()[0], layer])
        assert image.manifest().layers[0].media_type == MediaType.OCI_LAYER
        validate.image(image, engine=engine)
        appended = mutate.append_layers(base, layer, engine=engine)
        assert appended.layers()[-1].diff_id() == layer.diff_id()


def test_answers_of_the_documents(layer):
    image = build.image(layers=[layer])

    assert partial.digest(image) == image.digest()
    assert image.size() == len(image.raw_manifest())
    assert isinstance(image.layer_by_digest(layer.digest()), v1.Layer)
    with pytest.raises(LookupError):
        image.layer_by_digest("sha256:" + "0" * 64)
    with pytest.raises(LookupError):
        image.layer_by_diff_id("sha256:" + "0" * 64)


def test_manifest_and_config_that_disagree_are_told_by_look_ups(layer):
    image = composed({"rootfs": {"type": "layers", "diff_ids": []}}, layers=[layer])
    with pytest.raises(MismatchedLayersError):
        image.layer_by_diff_id(layer.diff_id())
