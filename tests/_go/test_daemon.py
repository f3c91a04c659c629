"""Images of Docker daemons on the Go engine: what is read, written and tagged, and what fails."""

from __future__ import annotations

import io
import json
import pickle
import socket
import ssl
import time

import pytest
from support.boundary import Wrapped, daemon_image
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, Instead, Truncated, garbage, html
from support.fake_faults import refused as refusal

from pyggcr import name, tarball
from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import (
    DaemonError,
    DaemonImageNotFoundError,
    DaemonUnavailableError,
    MissingFileError,
    MissingPathError,
    TruncatedError,
    UnsupportedOptionError,
    ValidationError,
)

BUFFERS = ("file", "memory", "none")

APP = name.new_tag("app:1")
WRITTEN = name.new_tag("tests/written:1")

PING, INSPECT, HISTORY, SAVE, LOAD = "/_ping", "/json", "/history", "/images/get", "/images/load"


@pytest.fixture
def docker(go, tmp_path):
    """An engine that serves what 25.0.2 wrote."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "docker.sock") as engine:
        yield engine


@pytest.fixture
def app(open_image):
    """The image that the engine has under ``APP``, out of its archive."""
    return open_image(RECORDED["25.0.2"].archive("app-tag"))


@pytest.fixture
def new(open_image):
    """An image that the engine does not have."""
    return open_image(RECORDED["24.0.7"].archive("app-tag"))


def options(docker, **more):
    return DaemonOptions(host=docker.host, **more)


def contents(layer):
    with layer.compressed() as compressed, layer.uncompressed() as uncompressed:
        return compressed.readall(), uncompressed.readall()


@pytest.mark.parametrize("buffer", BUFFERS)
def test_everything_but_the_config_is_that_of_the_archive(go, docker, app, buffer):
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        assert image.config_name() == app.config_name()
        assert image.digest() == app.digest()
        assert image.size() == app.size()
        assert image.media_type() == app.media_type()
        assert image.raw_manifest() == app.raw_manifest()
        assert image.manifest() == app.manifest()
        assert image.raw_config_file() == app.raw_config_file()
        for got, expected in zip(image.layers(), app.layers(), strict=True):
            assert contents(got) == contents(expected)
            assert image.layer_by_digest(expected.digest()).diff_id() == expected.diff_id()
            assert image.layer_by_diff_id(expected.diff_id()).digest() == expected.digest()


def test_the_config_is_made_of_what_the_engine_tells(go, docker, app):
    with daemon_image(go, APP, options(docker)) as image:
        config, own = image.config_file(), app.config_file()
        assert SAVE not in "".join(docker.paths())
    assert config.rootfs == own.rootfs
    assert config.created == own.created
    assert (config.container, config.docker_version) == ("", "")
    assert [it.created_by for it in config.history] == [
        it.created_by for it in reversed(own.history)
    ]
    assert {it.created.nanoseconds for it in config.history} == {0}


def test_validate_finds_that_config_as_go_does(go, docker):
    with (
        daemon_image(go, APP, options(docker)) as image,
        pytest.raises(ValidationError, match="^validating config: mismatched config content: "),
    ):
        go.validate.image(image=image, fast=False)


@pytest.mark.parametrize(
    ("buffer", "at_least", "at_most"), [("file", 1, 1), ("memory", 1, 1), ("none", 5, 99)]
)
def test_how_often_the_engine_is_asked_for_the_archive(go, docker, buffer, at_least, at_most):
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        image.digest()
        for layer in image.layers():
            contents(layer)
    asked = [path for path in docker.paths() if path.startswith(SAVE)]
    assert at_least <= len(asked) <= at_most


def test_an_opener_opens_the_archive_instead_of_the_engine(go, docker, new):
    opened = []

    def opener():
        opened.append(RECORDED["24.0.7"].archive("app-tag").open("rb"))
        return opened[-1]

    with daemon_image(go, APP, options(docker, opener=opener)) as image:
        assert image.digest() == new.digest()
        assert contents(image.layers()[0]) == contents(new.layers()[0])
    assert SAVE not in "".join(docker.paths())
    assert opened
    # A goroutine closes them, which a busy machine may delay.
    deadline = time.monotonic() + 10
    while not all(file.closed for file in opened) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(file.closed for file in opened)


def test_what_an_opener_raises_is_raised(go, docker):
    def opener():
        raise ZeroDivisionError("on purpose")

    with (
        daemon_image(go, APP, options(docker, opener=opener)) as image,
        pytest.raises(ZeroDivisionError, match="on purpose"),
    ):
        image.digest()


def test_the_version_of_the_api_is_agreed_on(go, docker):
    daemon_image(go, APP, options(docker)).close()
    assert {asked.api for asked in docker.asked if asked.path != PING} == {"1.44"}


def test_the_version_of_the_api_can_be_chosen(go, docker):
    daemon_image(go, APP, options(docker, api_version="1.41")).close()
    assert {asked.api for asked in docker.asked if asked.path != PING} == {"1.41"}


def test_a_ping_that_fails_is_no_matter(go, docker):
    docker.faults.append(refusal(PING))
    daemon_image(go, APP, options(docker, api_version="1.44")).close()


def test_an_image_is_written_and_read_again(go, docker, new):
    said = go.daemon.write(tag=WRITTEN, image=new, options=options(docker))
    assert json.loads(said) == {"stream": "Loaded image: tests/written:1\n"}
    with daemon_image(go, WRITTEN, options(docker)) as image:
        assert image.digest() == new.digest()


def test_an_image_that_is_there_gets_a_tag_only(go, docker, app):
    assert go.daemon.write(tag=WRITTEN, image=app, options=options(docker)) == ""
    assert go.daemon.write(tag=APP, image=app, options=options(docker)) == ""
    assert docker.loaded == []
    with daemon_image(go, WRITTEN, options(docker)) as image:
        assert image.config_name() == app.config_name()


def test_an_image_of_an_engine_is_written_to_another(go, docker, tmp_path):
    with (
        FakeEngine(RECORDED["24.0.7"], unix=tmp_path / "other.sock") as other,
        daemon_image(go, APP, options(docker)) as image,
    ):
        go.daemon.write(tag=WRITTEN, image=image, options=options(other))
        with daemon_image(go, WRITTEN, options(other)) as got:
            assert got.digest() == image.digest()


def test_an_image_of_the_users_own_is_written(go, docker, new):
    go.daemon.write(tag=WRITTEN, image=Wrapped(new), options=options(docker))
    with daemon_image(go, WRITTEN, options(docker)) as image:
        assert image.digest() == new.digest()


def test_an_image_of_the_other_engine_is_written(go, docker):
    path = RECORDED["24.0.7"].archive("app-tag")
    with tarball.image_from_path(path, engine="python") as image:
        go.daemon.write(tag=WRITTEN, image=image, options=options(docker))
        with daemon_image(go, WRITTEN, options(docker)) as got:
            assert got.config_name() == image.config_name()


@pytest.mark.parametrize("method", ["config_name", "layers", "raw_config_file", "manifest"])
def test_what_the_users_own_image_raises_is_raised(go, docker, new, method):
    def fail():
        raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        go.daemon.write(tag=WRITTEN, image=Wrapped(new, **{method: fail}), options=options(docker))
    assert docker.loaded == []


def test_the_engine_is_not_blamed_for_an_archive_that_breaks_off(go, docker, open_with):
    archive = [RECORDED["24.0.7"].archive("app-tag").read_bytes()]
    image = open_with(lambda: io.BytesIO(archive[0]))
    archive[0] = archive[0][: len(archive[0]) // 3]
    with pytest.raises(TruncatedError) as raised:
        go.daemon.write(tag=WRITTEN, image=image, options=options(docker))
    path = docker.host.removeprefix("unix://").replace("/", "%2F")
    assert str(raised.value) == (
        "error loading image: error during connect: "
        f'Post "http://{path}/v1.44/images/load?quiet=0": unable to calculate manifest: '
        "unexpected EOF"
    )
    assert docker.loaded == []


def test_an_image_gets_another_tag(go, docker, app):
    go.daemon.tag(source=APP, target=WRITTEN, options=options(docker))
    with daemon_image(go, WRITTEN, options(docker)) as image:
        assert image.config_name() == app.config_name()


UNKNOWN = name.new_tag("unknown:1")


@pytest.mark.parametrize(
    "ask",
    [
        lambda go, options: daemon_image(go, UNKNOWN, options),
        lambda go, options: go.daemon.tag(source=UNKNOWN, target=WRITTEN, options=options),
    ],
)
def test_an_image_that_is_not_there(go, docker, ask):
    with pytest.raises(DaemonImageNotFoundError) as raised:
        ask(go, options(docker))
    assert raised.value.status == 404
    assert str(raised.value) == "Error response from daemon: No such image: unknown:1"
    assert pickle.loads(pickle.dumps(raised.value)).status == 404


def test_no_socket(go, tmp_path):
    host = f"unix://{tmp_path}/none"
    with pytest.raises(DaemonUnavailableError) as raised:
        daemon_image(go, APP, DaemonOptions(host=host))
    assert raised.value.status is None
    assert str(raised.value) == (
        f"failed to connect to the docker API at {host}; check if the path is correct and if the "
        f"daemon is running: dial unix {tmp_path}/none: connect: no such file or directory"
    )


def test_a_port_that_nobody_listens_on(go):
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = "tcp://{}:{}".format(*server.getsockname())
    with pytest.raises(DaemonUnavailableError) as raised:
        daemon_image(go, APP, DaemonOptions(host=host))
    assert str(raised.value) == (
        f"Cannot connect to the Docker daemon at {host}. Is the docker daemon running?"
    )


@pytest.mark.parametrize(
    "host", ["nonsense", "npipe:////./pipe/docker_engine", "unix:///" + "a" * 200]
)
def test_a_host_that_is_none(go, host):
    with pytest.raises(DaemonError):
        daemon_image(go, APP, DaemonOptions(host=host))


ANOTHER_SERVER = Instead(
    INSPECT, status=404, body=b"404 page not found\n", media_type="text/plain; charset=utf-8"
)


@pytest.mark.parametrize(
    ("fault", "kind", "status", "text"),
    [
        (refusal(INSPECT), DaemonError, 500, "Error response from daemon: something went wrong"),
        (garbage(INSPECT), DaemonError, None, "unexpected end of JSON input"),
        (
            html(INSPECT),
            DaemonError,
            None,
            "invalid character '<' looking for beginning of value",
        ),
        (
            ANOTHER_SERVER,
            DaemonUnavailableError,
            404,
            "Error response from daemon: 404 page not found",
        ),
        (Closed(INSPECT, after=250), DaemonError, None, "unexpected EOF"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_engine_that_answers_nonsense(go, docker, fault, kind, status, text):
    docker.faults.append(fault)
    with pytest.raises(DaemonError) as raised:
        daemon_image(go, APP, options(docker))
    assert (type(raised.value), raised.value.status, str(raised.value)) == (kind, status, text)


def test_an_engine_that_hangs_up(go, docker):
    docker.faults.append(Closed(INSPECT))
    with pytest.raises(DaemonUnavailableError) as raised:
        daemon_image(go, APP, options(docker))
    path = docker.host.removeprefix("unix://").replace("/", "%2F")
    assert str(raised.value) == (
        f'error during connect: Get "http://{path}/v1.44/images/app:1/json": EOF'
    )


def test_a_history_of_nothing(go, docker):
    docker.faults.append(Instead(HISTORY))
    with (
        daemon_image(go, APP, options(docker)) as image,
        pytest.raises(DaemonError) as raised,
    ):
        image.config_file()
    assert str(raised.value) == "EOF"


@pytest.mark.parametrize("buffer", BUFFERS)
def test_an_archive_that_breaks_off_is_an_error_that_stays(go, docker, buffer):
    docker.faults.append(Closed(SAVE, after=5000, times=1))
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        for _ in range(2):
            with pytest.raises(DaemonError) as raised:
                image.digest()
            assert str(raised.value) == "unexpected EOF"
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        image.digest()


@pytest.mark.parametrize("buffer", BUFFERS)
def test_an_archive_that_is_sent_in_part_is_one_in_part(go, docker, buffer):
    docker.faults.append(Truncated(SAVE, size=3000))
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        with pytest.raises(MissingFileError) as raised:
            image.digest()
        assert str(raised.value) == "file manifest.json not found in tar"


def test_an_engine_that_does_not_want_an_image(go, docker, new):
    docker.faults.append(refusal(LOAD))
    with pytest.raises(DaemonError) as raised:
        go.daemon.write(tag=WRITTEN, image=new, options=options(docker))
    assert raised.value.status == 500
    assert str(raised.value) == (
        "error loading image: Error response from daemon: something went wrong"
    )


def test_a_folder_that_is_not_there(go, docker, tmp_path):
    with daemon_image(go, APP, options(docker, folder=str(tmp_path / "none"))) as image:
        image.config_file()
        with pytest.raises(MissingPathError, match="no such file or directory"):
            image.digest()


@pytest.fixture
def docker_with_tls(go, tls_certificate):
    """An engine that shows a certificate and wants to see one."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls_certificate.certificate, tls_certificate.key)
    context.load_verify_locations(tls_certificate.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with FakeEngine(RECORDED["25.0.2"], tls=context) as engine:
        yield engine


@pytest.mark.parametrize(("scheme", "tls"), [("tcp", True), ("https", False)])
def test_certificates_on_both_sides(go, docker_with_tls, tls_certificate, app, scheme, tls):
    certificate = str(tls_certificate.certificate)
    settings = DaemonOptions(
        host=docker_with_tls.host.replace("tcp:", f"{scheme}:"),
        tls=tls,
        ca_file=certificate,
        client_certificate=certificate,
        client_key=str(tls_certificate.key),
    )
    with daemon_image(go, APP, settings) as image:
        assert image.digest() == app.digest()


def test_a_certificate_that_nobody_trusts(go, docker_with_tls, tls_certificate):
    certificate, key = str(tls_certificate.certificate), str(tls_certificate.key)
    shown = {"client_certificate": certificate, "client_key": key}
    with pytest.raises(DaemonUnavailableError, match="certificate"):
        daemon_image(go, APP, options(docker_with_tls, tls=True, **shown))
    daemon_image(go, APP, options(docker_with_tls, tls=True, verify=False, **shown)).close()


def test_a_certificate_that_is_missed(go, docker_with_tls, tls_certificate):
    with pytest.raises(DaemonUnavailableError):
        daemon_image(go, APP, options(docker_with_tls, tls=True, verify=False))


def test_no_tls_where_there_should_be(go, docker_with_tls):
    with pytest.raises(DaemonUnavailableError):
        daemon_image(go, APP, options(docker_with_tls))


@pytest.mark.parametrize("member", ["ca_file", "client_certificate"])
def test_files_of_certificates_that_are_none(go, tmp_path, member):
    empty = tmp_path / "empty.pem"
    empty.touch()
    for file, kind in ((empty, UnsupportedOptionError), (tmp_path / "none", MissingPathError)):
        files = {member: str(file)}
        if member == "client_certificate":
            files["client_key"] = str(file)
        with pytest.raises(kind, match="^configure TLS: "):
            daemon_image(go, APP, DaemonOptions(host="tcp://127.0.0.1:1", tls=True, **files))
