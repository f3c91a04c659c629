"""Docker daemons on the Python engine: what is asked, what is made of the answers, what is sent."""

from __future__ import annotations

import errno
import io
import json
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, Instead, refused
from support.fake_server import Answer, FakeServer
from support.registries import certificate

from pyggcr import limits, name, v1
from pyggcr._python import daemon, supplement, tarball, validate
from pyggcr._values.daemon import DaemonInfo, DaemonOptions
from pyggcr.errors import (
    ArchiveError,
    DaemonError,
    DaemonImageNotFoundError,
    FileAccessError,
    InvalidReferenceError,
    MissingPathError,
    UnsupportedOptionError,
    ValidationError,
)

BUFFERS = ("file", "memory", "none")
PROFILE = "go1.26"
APP = name.new_tag("app:1")
WRITTEN = name.new_tag("tests/written:1")
PING, SAVE, LOAD = "/_ping", "/images/get", "/images/load"

# What all requests have over a unix socket.
PLAIN = {"host", "user-agent"}


@pytest.fixture
def docker(tmp_path):
    """An engine that serves what 25.0.2 wrote."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "docker.sock") as engine:
        yield engine


@pytest.fixture
def another(tmp_path):
    """One more of the kind."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "another.sock") as engine:
        yield engine


@pytest.fixture
def app():
    """The image of the engine's archive, read as a file."""
    return archived("25.0.2")


@pytest.fixture
def new():
    """An image that the engine does not have."""
    return archived("24.0.7")


def archived(engine):
    path = str(RECORDED[engine].archive("app-tag"))
    return tarball.image_from_path(path, None, gzip_profile=PROFILE, layer_sources="patched")


def options(docker, **more):
    return DaemonOptions(host=docker.host, **more)


def opened(docker, tag=APP, **more):
    return daemon.image(tag, options(docker, **more), gzip_profile=PROFILE)


def contents(layer):
    with layer.compressed() as compressed, layer.uncompressed() as uncompressed:
        return compressed.readall(), uncompressed.readall()


class TestImage:
    @pytest.mark.parametrize("buffer", BUFFERS)
    def test_all_but_the_config_is_that_of_the_archive(self, docker, app, buffer):
        with opened(docker, buffer=buffer) as image:
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

    def test_the_config_is_made_of_what_the_engine_tells(self, docker, app):
        with opened(docker) as image:
            config, own = image.config_file(), app.config_file()
        assert not any(path.startswith(SAVE) for path in docker.paths())
        assert (config.rootfs, config.created) == (own.rootfs, own.created)
        assert [it.created_by for it in config.history] == [
            it.created_by for it in reversed(own.history)
        ]
        assert {it.created.nanoseconds for it in config.history} == {0}

    def test_an_engine_that_tells_little_of_an_image(self, docker):
        body = b'{"Id":"sha256:%b","Created":"0001-01-01T00:00:00Z","Config":null}' % (b"0" * 64)
        docker.faults += [Instead("/json", body=body), Instead("/history", body=b"null")]
        with opened(docker) as image:
            assert image.config_file() == v1.ConfigFile(history=[], rootfs=v1.RootFS(diff_ids=[]))

    def test_each_caller_gets_a_config_of_its_own(self, docker):
        with opened(docker) as image:
            image.config_file().history.clear()
            assert image.config_file().history

    def test_validate_finds_that_config_as_go_does(self, docker):
        with opened(docker) as image, pytest.raises(ValidationError) as raised:
            validate.image(image, fast=False)
        assert str(raised.value).startswith("validating config: mismatched config content: ")

    @pytest.mark.parametrize(
        ("buffer", "least", "most"), [("file", 1, 1), ("memory", 1, 1), ("none", 5, 99)]
    )
    def test_how_often_the_archive_is_asked_for(self, docker, buffer, least, most):
        with opened(docker, buffer=buffer) as image:
            image.digest()
            for layer in image.layers():
                contents(layer)
        asked = [path for path in docker.paths() if path.startswith(SAVE)]
        assert least <= len(asked) <= most

    def test_an_opener_opens_the_archive_instead(self, docker, new):
        archive = RECORDED["24.0.7"].archive("app-tag")
        with opened(docker, opener=lambda: archive.open("rb")) as image:
            assert image.digest() == new.digest()
        assert not any(path.startswith(SAVE) for path in docker.paths())

    def test_what_an_opener_raises_is_raised(self, docker):
        def opener():
            raise ZeroDivisionError("on purpose")

        with (
            opened(docker, opener=opener) as image,
            pytest.raises(ZeroDivisionError, match="on purpose"),
        ):
            image.digest()

    @pytest.mark.parametrize("buffer", BUFFERS)
    def test_a_stream_lives_on_when_its_image_is_closed(self, docker, app, buffer):
        image = opened(docker, buffer=buffer)
        stream = image.layers()[0].uncompressed()
        image.close()
        with stream, app.layers()[0].uncompressed() as expected:
            assert stream.readall() == expected.readall()

    def test_the_file_has_no_name_and_is_one(self, docker, tmp_path):
        folder = tmp_path / "folder"
        folder.mkdir()
        with opened(docker, folder=str(folder)) as image:
            image.digest()
            assert list(folder.iterdir()) == []
            assert len(files_in(folder)) == 1
        assert files_in(folder) == []

    def test_the_file_is_gone_with_an_image_that_nobody_closed(self, docker, tmp_path):
        opened(docker, folder=str(tmp_path)).digest()
        assert files_in(tmp_path) == []

    def test_the_file_is_gone_when_the_archive_broke_off(self, docker, tmp_path):
        docker.faults.append(Closed(SAVE, after=5000))
        with opened(docker, folder=str(tmp_path)) as image, pytest.raises(DaemonError):
            image.digest()
        assert files_in(tmp_path) == []

    def test_a_folder_that_is_not_there(self, docker, tmp_path):
        with opened(docker, folder=str(tmp_path / "none")) as image:
            with pytest.raises(MissingPathError) as raised:
                image.digest()
            assert str(raised.value) == f"open {tmp_path}/none: no such file or directory"

    def test_a_disk_that_is_full(self, docker, tmp_path, monkeypatch):
        def fail(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with opened(docker, folder=str(tmp_path)) as image, monkeypatch.context() as patch:
            patch.setattr("pyggcr._python.daemon.archive_buffer.os.write", fail)
            with pytest.raises(FileAccessError) as raised:
                image.digest()
        assert str(raised.value) == f"write {tmp_path}: no space left on device"
        assert files_in(tmp_path) == []


def files_in(folder):
    """The files of the folder that this process has open, with a name or without."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(descriptor.readlink())
        except FileNotFoundError:
            continue  # the one that lists them
    return [link for link in links if link.parent == Path(folder) and ".sock" not in link.name]


class TestRequests:
    def test_what_an_image_asks(self, docker):
        with opened(docker) as image:
            image.config_file()
            image.digest()
        assert [(it.method, it.path, it.api, set(it.headers)) for it in docker.asked] == [
            ("HEAD", PING, "", PLAIN),
            ("GET", "/images/app:1/json", "1.44", PLAIN),
            ("GET", "/images/app:1/json", "1.44", PLAIN),
            ("GET", "/images/app:1/history", "1.44", PLAIN),
            ("GET", f"{SAVE}?names=index.docker.io%2Flibrary%2Fapp%3A1", "1.44", PLAIN),
        ]
        assert {it.headers["host"] for it in docker.asked} == {"api.moby.localhost"}
        assert {it.headers["user-agent"].partition("/")[0] for it in docker.asked} == {
            "moby-client"
        }

    def test_what_writing_asks(self, docker, new):
        daemon.write(WRITTEN, new, options(docker))
        config = new.config_name()
        assert [(it.method, it.path, set(it.headers)) for it in docker.asked] == [
            ("HEAD", PING, PLAIN),
            ("GET", f"/images/{config}/json", PLAIN),
            ("POST", f"{LOAD}?quiet=0", PLAIN | {"content-type", "transfer-encoding"}),
        ]
        assert docker.asked[-1].headers["content-type"] == "application/x-tar"

    def test_what_tagging_asks(self, docker):
        daemon.tag(APP, WRITTEN, options(docker))
        asked = docker.asked[-1]
        assert (asked.method, asked.path, set(asked.headers)) == (
            "POST",
            "/images/app:1/tag?repo=docker.io%2Ftests%2Fwritten&tag=1",
            PLAIN | {"content-length"},
        )

    def test_the_go_engine_asks_the_same(self, go_engine, docker, another, new):
        from pyggcr import _go
        from pyggcr._go import daemon as go

        def ask(engine, docker, image):
            with image as found:
                found.config_file()
                found.digest()
            engine.write(tag=WRITTEN, image=new, options=options(docker))
            engine.tag(source=APP, target=APP, options=options(docker))
            return [(it.method, it.path, it.api, it.headers) for it in docker.asked]

        ours = ask(daemon, docker, opened(docker))
        profile = _go.gzip_profile()
        theirs = go.image(reference=APP, options=options(another), gzip_profile=profile)
        assert ours == ask(go, another, theirs)

    def test_a_chosen_version_of_the_api_is_spoken(self, docker):
        opened(docker, api_version="v1.41").close()
        assert {it.api for it in docker.asked if it.path != PING} == {"1.41"}

    @pytest.mark.parametrize("fault", [refused(PING), Closed(PING)], ids=["refused", "closed"])
    def test_without_a_ping_the_newest_version_is_spoken(self, docker, fault):
        docker.faults.append(fault)
        with pytest.raises(DaemonError, match=r"^Error response from daemon: client version 1\.55"):
            opened(docker)
        assert [it.method for it in docker.asked] == ["HEAD", "GET", "HEAD", "GET", "GET"]

    def test_an_engine_that_knows_no_head_is_greeted_again(self, docker):
        class NoHead(Instead):
            def send(self, exchange, answer):
                if exchange.command == "HEAD":
                    super().send(exchange, answer)
                else:
                    answer()

        docker.faults.append(NoHead(PING, status=405))
        opened(docker).close()
        assert [(it.method, it.api) for it in docker.asked] == [
            ("HEAD", ""),
            ("GET", ""),
            ("GET", "1.44"),
        ]

    def test_a_version_that_is_none(self, docker):
        with pytest.raises(UnsupportedOptionError) as raised:
            opened(docker, api_version="1")
        assert str(raised.value) == ("invalid API version (1): must be formatted <major>.<minor>")

    def test_the_base_path_of_an_address_is_kept(self):
        with FakeEngine(RECORDED["25.0.2"]) as docker, pytest.raises(DaemonError):
            daemon.image(APP, DaemonOptions(host=f"{docker.host}/base"), gzip_profile=PROFILE)
        assert docker.asked[0].path == "/base/_ping"

    def test_the_proxy_of_the_environment_is_for_tcp_only(self, docker, monkeypatch):
        for variable in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(variable, raising=False)
        far = DaemonOptions(host="tcp://engine.example.com:2375")
        with FakeServer(lambda _: Answer(503, b"not today")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
            opened(docker).close()
            with pytest.raises(DaemonError, match="^Error response from daemon: not today$"):
                daemon.image(APP, far, gzip_profile=PROFILE)
        assert proxy.paths("HEAD")[0] == "http://engine.example.com:2375/_ping"
        assert {it.headers["host"] for it in proxy.asked} == {"engine.example.com:2375"}

    def test_a_connection_that_the_engine_closed_is_made_anew(self, docker):
        with opened(docker) as image:
            docker._server.hang_up()
            assert image.config_file()


class TestWrite:
    def test_an_image_is_written_and_read_again(self, docker, new):
        said = daemon.write(WRITTEN, new, options(docker))
        assert json.loads(said) == {"stream": "Loaded image: tests/written:1\n"}
        with opened(docker, WRITTEN) as image:
            assert image.digest() == new.digest()

    def test_a_name_without_a_tag(self, docker, new):
        said = daemon.write(name.new_tag("tests/written"), new, options(docker))
        assert json.loads(said) == {"stream": "Loaded image: tests/written:latest\n"}

    def test_the_archive_is_that_of_the_go_engine(self, go_engine, docker, another, new):
        from pyggcr._go import daemon as go

        daemon.write(WRITTEN, new, options(docker))
        go.write(tag=WRITTEN, image=new, options=options(another))
        assert docker.loaded[0].read_bytes() == another.loaded[0].read_bytes()

    def test_an_image_that_is_there_gets_a_tag_only(self, docker, app):
        for _ in range(2):
            assert daemon.write(WRITTEN, app, options(docker)) == ""
        assert docker.loaded == []
        assert docker.paths("POST") == [
            f"/images/{app.config_name()}/tag?repo=docker.io%2Ftests%2Fwritten&tag=1"
        ]

    def test_a_layer_that_is_longer_than_it_says(self, docker, new):
        with pytest.raises(ArchiveError, match="archive/tar: write too long$"):
            daemon.write(WRITTEN, Misjudged(new, by=-1), options(docker))
        assert docker.loaded == []

    def test_a_layer_that_is_shorter_than_it_says(self, docker, new):
        with pytest.raises(ArchiveError, match="archive/tar: missed writing 1 bytes$"):
            daemon.write(WRITTEN, Misjudged(new, by=1), options(docker))
        assert docker.loaded == []

    @pytest.mark.parametrize("error", [ZeroDivisionError, BrokenPipeError, ConnectionResetError])
    def test_what_the_users_own_image_raises_is_raised(self, docker, new, error):
        class Broken(Wrapped):
            def raw_config_file(self):
                raise error("on purpose")

        with pytest.raises(error, match="on purpose") as raised:
            daemon.write(WRITTEN, Broken(new), options(docker))
        assert raised.value.__cause__ is None
        assert docker.loaded == []

    def test_an_image_whose_id_cannot_be_had(self, docker, new):
        class Nameless(Wrapped):
            def config_name(self):
                raise ArchiveError("it broke")

        with pytest.raises(ArchiveError) as raised:
            daemon.write(WRITTEN, Nameless(new), options(docker))
        assert str(raised.value) == "computing image ID: it broke"


class Wrapped(v1.Image):
    """An image of a user's own."""

    def __init__(self, image):
        self._image = image

    def layers(self):
        return self._image.layers()

    def media_type(self):
        return self._image.media_type()

    def size(self):
        return self._image.size()

    def config_name(self):
        return self._image.config_name()

    def config_file(self):
        return self._image.config_file()

    def raw_config_file(self):
        return self._image.raw_config_file()

    def digest(self):
        return self._image.digest()

    def manifest(self):
        return self._image.manifest()

    def raw_manifest(self):
        return self._image.raw_manifest()

    def layer_by_digest(self, digest):
        return self._image.layer_by_digest(digest)

    def layer_by_diff_id(self, diff_id):
        return self._image.layer_by_diff_id(diff_id)


class Misjudged(Wrapped):
    """Its last layer says that it is longer than it is."""

    def __init__(self, image, by):
        super().__init__(image)
        self._by = by

    def layers(self):
        layers = super().layers()
        last = layers[-1]
        size = last.size() + self._by
        last.size = lambda: size
        return layers


class TestTag:
    def test_an_image_gets_another_name(self, docker, app):
        daemon.tag(APP, WRITTEN, options(docker))
        with opened(docker, WRITTEN) as image:
            assert image.config_name() == app.config_name()

    def test_an_image_that_is_not_there(self, docker):
        with pytest.raises(DaemonImageNotFoundError) as raised:
            daemon.tag(name.new_tag("unknown:1"), WRITTEN, options(docker))
        assert raised.value.status == 404

    def test_a_name_that_is_none_to_docker(self, docker):
        with pytest.raises(InvalidReferenceError) as raised:
            daemon.tag(APP, name.new_tag("a--.b:1"), options(docker))
        assert str(raised.value) == (
            'error parsing reference: "a--.b:1" is not a valid repository/tag: '
            "invalid reference format"
        )
        assert docker.paths("POST") == []


class TestBesidesGo:
    @pytest.mark.parametrize("engine", sorted(RECORDED))
    def test_info(self, engine, tmp_path):
        recorded = RECORDED[engine]
        with FakeEngine(recorded, unix=tmp_path / "docker.sock") as docker:
            assert supplement.daemon_info(options=options(docker)) == DaemonInfo(
                engine_version=recorded.version,
                api_version=recorded.api,
                storage_driver=recorded.driver,
                containerd_store=recorded.containerd_store,
                operating_system="linux",
                architecture="amd64",
            )

    def test_the_archive_comes_as_the_engine_sends_it(self, docker):
        with supplement.daemon_save(names=["app:1"], options=options(docker)) as stream:
            assert stream.readall() == RECORDED["25.0.2"].archive("app-tag").read_bytes()

    def test_an_archive_of_nothing(self, docker):
        with pytest.raises(DaemonImageNotFoundError, match="reference does not exist$"):
            supplement.daemon_save(names=["unknown:1"], options=options(docker))

    def test_an_archive_is_loaded(self, docker):
        archive = RECORDED["24.0.7"].archive("app-tag")
        reports = []
        with (
            archive.open("rb") as stream,
            limits.limit(progress=lambda report: reports.append(report.bytes_sent)),
        ):
            said = supplement.daemon_load(archive=stream, options=options(docker))
        assert "Loaded image" in said
        assert docker.loaded[0].read_bytes() == archive.read_bytes()
        assert reports[-1] == archive.stat().st_size

    def test_what_reading_the_archive_raises_is_raised(self, docker):
        class Broken(io.RawIOBase):
            def read(self, size=-1):
                raise BrokenPipeError("on purpose")

        with pytest.raises(BrokenPipeError, match="on purpose"):
            supplement.daemon_load(archive=Broken(), options=options(docker))
        assert docker.loaded == []


@pytest.fixture(scope="module")
def own_certificate(require, tmp_path_factory):
    """A certificate that nobody else trusts."""
    if shutil.which("openssl") is None:
        require("openssl", "there is no such program")
    return certificate(tmp_path_factory.mktemp("certificate"))


class TestTLS:
    @pytest.fixture
    def docker(self, own_certificate):
        """An engine that shows a certificate and wants to see one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(own_certificate.certificate, own_certificate.key)
        context.load_verify_locations(own_certificate.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        with FakeEngine(RECORDED["25.0.2"], tls=context) as engine:
            yield engine

    @pytest.fixture
    def shown(self, own_certificate):
        return {
            "client_certificate": str(own_certificate.certificate),
            "client_key": str(own_certificate.key),
        }

    def test_certificates_on_both_sides(self, docker, own_certificate, shown, app):
        trusted = {"tls": True, "ca_file": str(own_certificate.certificate), **shown}
        with opened(docker, **trusted) as image:
            assert image.digest() == app.digest()

    def test_an_image_is_written(self, docker, shown, new):
        said = daemon.write(WRITTEN, new, options(docker, tls=True, verify=False, **shown))
        assert "Loaded image" in said

    def test_a_certificate_that_nobody_trusts(self, docker, shown):
        with pytest.raises(DaemonError) as raised:
            opened(docker, tls=True, **shown)
        url = f"https://{docker.host.removeprefix('tcp://')}/v1.55/images/app:1/json"
        assert str(raised.value) == (
            f'error during connect: Get "{url}": tls: failed to verify certificate: '
            "x509: certificate signed by unknown authority"
        )

    def test_a_certificate_that_is_missed(self, docker):
        with pytest.raises(DaemonError, match=r"remote error: tls: certificate required$"):
            opened(docker, tls=True, verify=False)

    def test_an_older_tls_says_that_a_certificate_is_missed(self, own_certificate):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(own_certificate.certificate, own_certificate.key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            FakeEngine(RECORDED["25.0.2"], tls=context) as docker,
            pytest.raises(DaemonError) as raised,
        ):
            opened(docker, tls=True, verify=False)
        assert str(raised.value).startswith(
            "the server probably has client authentication (--tlsverify) enabled; "
            "check your TLS client certification settings: Get "
        )
        assert str(raised.value).endswith(": remote error: tls: handshake failure")

    def test_tls_where_there_is_none(self, tmp_path):
        with FakeEngine(RECORDED["25.0.2"]) as plain, pytest.raises(DaemonError) as raised:
            opened(plain, tls=True, verify=False)
        assert str(raised.value).endswith(": http: server gave HTTP response to HTTPS client")

    def test_a_key_with_a_password(self, docker, tmp_path, own_certificate):
        encrypted = tmp_path / "encrypted.pem"
        command = ["openssl", "pkey", "-in", own_certificate.key, "-out", encrypted]
        command += ["-aes128", "-traditional", "-passout", "pass:secret"]
        subprocess.run(command, check=True, capture_output=True)
        with pytest.raises(UnsupportedOptionError, match="^configure TLS: .* encrypted"):
            opened(
                docker,
                tls=True,
                client_certificate=str(own_certificate.certificate),
                client_key=str(encrypted),
            )

    @pytest.mark.parametrize("member", ["ca_file", "client_certificate"])
    def test_files_that_are_none(self, tmp_path, member):
        empty = tmp_path / "empty.pem"
        empty.touch()
        for file, kind in ((empty, UnsupportedOptionError), (tmp_path / "no", MissingPathError)):
            files = {member: str(file)}
            if member == "client_certificate":
                files["client_key"] = str(file)
            with pytest.raises(kind, match="^configure TLS: "):
                daemon.image(
                    APP,
                    DaemonOptions(host="tcp://127.0.0.1:1", tls=True, **files),
                    gzip_profile=PROFILE,
                )


def test_an_empty_answer_to_history_is_an_error(docker):
    docker.faults.append(Instead("/history"))
    with opened(docker) as image, pytest.raises(DaemonError, match="^EOF$"):
        image.config_file()
