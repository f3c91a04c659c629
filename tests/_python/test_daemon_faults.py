"""Docker daemons that refuse, break off or make no sense, and what errors say of it.

The texts are those of the moby client v0.5.1; where the Go engine is there, it says the same.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import socket
import threading
from urllib.parse import quote

import pytest
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, ClosedWhileReceiving, Instead, Truncated

from pyggcr import name
from pyggcr._python import daemon, supplement, tarball
from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import (
    DaemonError,
    DaemonImageNotFoundError,
    DaemonUnavailableError,
    Error,
    InvalidHashError,
    JSONError,
    MissingFileError,
    TruncatedError,
)

PROFILE = "go1.26"
APP = name.new_tag("app:1")
WRITTEN = name.new_tag("tests/written:1")
PING, INSPECT, HISTORY, SAVE, LOAD, TAG = (
    "/_ping",
    "/json",
    "/history",
    "/images/get",
    "/images/load",
    "/tag",
)
MEBIBYTE = 1 << 20
BUFFERS = ("file", "memory", "none")


@pytest.fixture
def docker(tmp_path):
    """An engine that serves what 25.0.2 wrote."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "docker.sock") as engine:
        yield engine


@pytest.fixture
def new():
    """An image that the engine does not have."""
    path = str(RECORDED["24.0.7"].archive("app-tag"))
    return tarball.image_from_path(path, None, gzip_profile=PROFILE, layer_sources="patched")


def opened(docker, tag=APP, **more):
    return daemon.image(tag, DaemonOptions(host=docker.host, **more), gzip_profile=PROFILE)


def address(docker, path):
    """The address of a request in errors."""
    return f"http://{quote(docker.host.removeprefix('unix://'), safe='')}/v1.44{path}"


def document(status, body):
    return Instead(INSPECT, status=status, body=body)


def plain(status, body):
    return Instead(INSPECT, status=status, body=body, media_type="text/plain")


ROUTE = "for API route and version {url}, check if the server supports the requested API version"
REFUSALS = {
    "not found": (
        document(404, b'{"message":"No such image: app:1"}'),
        (DaemonImageNotFoundError, 404, "Error response from daemon: No such image: app:1"),
    ),
    "with space around": (
        document(500, b'{"message":"  it broke\\n"}'),
        (DaemonError, 500, "Error response from daemon: it broke"),
    ),
    "without a message": (
        document(500, b"{}"),
        (
            DaemonError,
            500,
            (
                "Error response from daemon: API returned a 500 (Internal Server Error) "
                "but provided no error-message"
            ),
        ),
    ),
    "of a status that nobody knows": (
        document(599, b"{}"),
        (
            DaemonError,
            599,
            "Error response from daemon: API returned a 599 () but provided no error-message",
        ),
    ),
    "broken JSON": (
        document(400, b'{"message":'),
        (DaemonError, 400, "error reading JSON: unexpected end of JSON input"),
    ),
    "a message that is none": (
        document(400, b'{"message":3}'),
        (
            DaemonError,
            400,
            (
                "error reading JSON: json: cannot unmarshal number into Go struct field "
                "ErrorResponse.message of type string"
            ),
        ),
    ),
    "nothing": (document(500, b""), (DaemonError, 500, "request returned {reason} " + ROUTE)),
    "plain text": (
        plain(404, b"page not found\n"),
        (DaemonUnavailableError, 404, "Error response from daemon: page not found"),
    ),
    "a page": (
        plain(502, b"<html>\n<p>nope</p></html>\n"),
        (
            DaemonUnavailableError,
            502,
            "Error response from daemon: <html>\n<p>nope</p></html>",
        ),
    ),
    "too much": (
        plain(500, b"x" * MEBIBYTE),
        (
            DaemonUnavailableError,
            500,
            "request returned {reason} with a message (> 1048576 bytes) " + ROUTE,
        ),
    ),
    "just not too much": (
        plain(500, b"x" * (MEBIBYTE - 1)),
        (DaemonUnavailableError, 500, "Error response from daemon: " + "x" * (MEBIBYTE - 1)),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal(docker, case):
    fault, (kind, status, text) = REFUSALS[case]
    docker.faults.append(fault)
    with pytest.raises(DaemonError) as raised:
        opened(docker)
    url = address(docker, "/images/app:1/json")
    expected = text.format(url=url, reason="500 Internal Server Error")
    assert (type(raised.value), raised.value.status, str(raised.value)) == (kind, status, expected)
    assert pickle.loads(pickle.dumps(raised.value)).status == status


def inspected(**more):
    """What an engine tells, with some of it replaced."""
    text = ",".join(f'"{key}":{value}' for key, value in more.items())
    return Instead(INSPECT, body=f'{{"Id":"sha256:{"6e" * 32}",{text}}}'.encode())


NONSENSE = {
    "a page": (
        Instead(INSPECT, body=b"<html>", media_type="text/html"),
        DaemonError,
        "invalid character '<' looking for beginning of value",
    ),
    "nothing": (Instead(INSPECT), DaemonError, "unexpected end of JSON input"),
    "half of it": (
        Instead(INSPECT, body=b'{"Id":'),
        DaemonError,
        "unexpected end of JSON input",
    ),
    "more than it": (
        Instead(INSPECT, body=b"{} x"),
        DaemonError,
        "invalid character 'x' after top-level value",
    ),
    "null": (Instead(INSPECT, body=b"null"), InvalidHashError, 'cannot parse hash: ""'),
    "an ID that is none": (
        Instead(INSPECT, body=b'{"Id":"abc"}'),
        InvalidHashError,
        'cannot parse hash: "abc"',
    ),
    "a list": (
        Instead(INSPECT, body=b"[]"),
        DaemonError,
        "json: cannot unmarshal array into Go value of type client.ImageInspectResult",
    ),
    "an ID of the wrong type": (
        inspected(Id=3),
        DaemonError,
        (
            "json: cannot unmarshal number into Go struct field "
            "ImageInspectResult.InspectResponse.Id of type string"
        ),
    ),
    "a config of the wrong type": (
        inspected(Config="[]"),
        DaemonError,
        (
            "json: cannot unmarshal array into Go struct field "
            "ImageInspectResult.InspectResponse.Config of type v1.DockerOCIImageConfig"
        ),
    ),
    "a time of the wrong form": (
        inspected(Created='"2020"'),
        JSONError,
        'parsing time "2020" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "" as "-"',
    ),
    "no time": (
        inspected(Architecture='"amd64"'),
        JSONError,
        'parsing time "" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse "" as "2006"',
    ),
    "a DiffID that is none": (
        inspected(RootFS='{"Layers":["abc"]}'),
        InvalidHashError,
        'cannot parse hash: "abc"',
    ),
    "a history of the wrong type": (
        Instead(HISTORY, body=b"{}"),
        DaemonError,
        "json: cannot unmarshal object into Go value of type []image.HistoryResponseItem",
    ),
    "a history with a wrong time": (
        Instead(HISTORY, body=b'[{"Created":"x"}]'),
        DaemonError,
        (
            "json: cannot unmarshal string into Go struct field HistoryResponseItem.Created "
            "of type int64"
        ),
    ),
    "no history": (Instead(HISTORY), DaemonError, "EOF"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense(docker, case):
    fault, kind, text = NONSENSE[case]
    docker.faults.append(fault)
    with pytest.raises(Error) as raised, opened(docker) as image:
        image.config_file()
    assert (type(raised.value), str(raised.value)) == (kind, text)


EMBEDDED = {
    '{"Cmd":3}': "Config.ImageConfig.Cmd of type []string",
    '{"Labels":{"a":3}}': "Config.ImageConfig.Labels of type string",
    '{"Shell":3}': "Config.DockerOCIImageConfigExt.Shell of type []string",
}


@pytest.mark.parametrize("config", EMBEDDED)
def test_a_config_with_a_value_of_the_wrong_type(docker, config):
    docker.faults.append(inspected(Config=config))
    with pytest.raises(DaemonError) as raised:
        opened(docker)
    assert str(raised.value) == (
        "json: cannot unmarshal number into Go struct field DockerOCIImageConfig."
        f"InspectResponse.{EMBEDDED[config]}"
    )


def said(ask):
    """Class, status and text of the error."""
    try:
        with contextlib.closing(ask()) as image:
            image.config_file()
    except Error as error:
        return type(error), getattr(error, "status", None), str(error)
    return None


@pytest.mark.parametrize("case", [*REFUSALS, *NONSENSE, *EMBEDDED])
def test_the_go_engine_says_the_same(go_engine, docker, case):
    from pyggcr import daemon as public

    if case in EMBEDDED:
        docker.faults.append(inspected(Config=case))
    else:
        docker.faults.append((REFUSALS.get(case) or NONSENSE[case])[0])
    ours = said(lambda: opened(docker))
    assert ours is not None
    assert ours == said(lambda: public.image(APP, host=docker.host, engine="go"))


class TestNoEngine:
    def host(self, host):
        with pytest.raises(DaemonUnavailableError) as raised:
            daemon.image(APP, DaemonOptions(host=host), gzip_profile=PROFILE)
        assert raised.value.status is None
        return str(raised.value)

    def test_no_socket(self, tmp_path):
        host = f"unix://{tmp_path}/none"
        assert self.host(host) == (
            f"failed to connect to the docker API at {host}; check if the path is correct and if "
            f"the daemon is running: dial unix {tmp_path}/none: connect: no such file or directory"
        )

    def test_a_socket_that_nobody_listens_on(self, tmp_path):
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(tmp_path / "socket"))
        host = f"unix://{tmp_path}/socket"
        assert self.host(host) == (
            f"Cannot connect to the Docker daemon at {host}. Is the docker daemon running?"
        )

    def test_a_file_that_is_no_socket(self, tmp_path):
        (tmp_path / "file").touch()
        assert self.host(f"unix://{tmp_path}/file").startswith("Cannot connect to the Docker")

    def test_no_permission(self, tmp_path, monkeypatch):
        def refuse(*_):
            raise PermissionError(13, "Permission denied")

        # Root, who runs the tests, may connect to any socket.
        monkeypatch.setattr("pyggcr._python.remote.sockets._connect", refuse)
        host = f"unix://{tmp_path}/socket"
        assert self.host(host) == (
            f"permission denied while trying to connect to the docker API at {host}"
        )

    def test_a_port_that_nobody_listens_on(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            host = "tcp://{}:{}".format(*server.getsockname())
        assert self.host(host) == (
            f"Cannot connect to the Docker daemon at {host}. Is the docker daemon running?"
        )

    def test_a_host_that_does_not_exist(self):
        assert self.host("tcp://no-such-host.invalid:2375") == (
            "failed to connect to the docker API at tcp://no-such-host.invalid:2375: "
            "lookup no-such-host.invalid: no such host"
        )

    def test_what_the_caller_handles_is_not_the_reason(self, tmp_path):
        (tmp_path / "file").touch()
        try:
            raise FileNotFoundError(2, "No such file or directory")
        except FileNotFoundError:
            assert self.host(f"unix://{tmp_path}/file").startswith("Cannot connect to the Docker")

    @pytest.mark.parametrize(
        ("host", "text"),
        [
            ("nonsense", "unable to parse docker host `nonsense`"),
            ("unix://", "unable to parse docker host `unix://`"),
            (f"unix:///{'a' * 108}", f'unix socket path "/{"a" * 108}" is too long'),
        ],
    )
    def test_an_address_that_is_none(self, host, text):
        with pytest.raises(DaemonError) as raised:
            daemon.image(APP, DaemonOptions(host=host), gzip_profile=PROFILE)
        assert str(raised.value) == text


@contextlib.contextmanager
def server_that_says(answer):
    """A server that gives this answer to each request, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(1 << 16)
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


BROKEN = "net/http: HTTP/1.x transport connection broken: "
NOT_HTTP = {
    b"\x15\x03\x01\x00\x02\x02\x16": (
        f'Get "http://{{host}}/v1.55/images/app:1/json": {BROKEN}malformed HTTP response '
        '"\\x15\\x03\\x01\\x00\\x02\\x02\\x16".\n'
        "* Are you trying to connect to a TLS-enabled daemon without TLS?"
    ),
    b"SSH-2.0-OpenSSH_9\r\n": (
        f'Get "http://{{host}}/v1.55/images/app:1/json": {BROKEN}malformed HTTP response '
        '"SSH-2.0-OpenSSH_9".\n* Are you trying to connect to a TLS-enabled daemon without TLS?'
    ),
    b"HTTP/1.1 abc OK\r\n\r\n": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f'{BROKEN}malformed HTTP status code "abc"'
    ),
    b"FTP/1.0 200 OK\r\n\r\n": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f'{BROKEN}malformed HTTP version "FTP/1.0"'
    ),
    b"HTTP/1.1 200 OK\r\nContent-Le": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f'{BROKEN}malformed MIME header: missing colon: "Content-Le"'
    ),
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f"{BROKEN}unexpected EOF"
    ),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f"{BROKEN}unexpected EOF"
    ),
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n": (
        'error during connect: Get "http://{host}/v1.55/images/app:1/json": '
        f'{BROKEN}bad Content-Length "x"'
    ),
    b"": 'error during connect: Get "http://{host}/v1.55/images/app:1/json": EOF',
}


@pytest.mark.parametrize("answer", NOT_HTTP)
def test_another_kind_of_server(answer):
    with server_that_says(answer) as host, pytest.raises(DaemonUnavailableError) as raised:
        daemon.image(APP, DaemonOptions(host=f"tcp://{host}"), gzip_profile=PROFILE)
    assert str(raised.value) == NOT_HTTP[answer].format(host=host)


@pytest.mark.parametrize("after", range(16, 150, 10))
def test_an_answer_whose_head_breaks_off_is_none(docker, after):
    docker.faults.append(Closed(TAG, after=after))
    with pytest.raises(DaemonUnavailableError) as raised:
        daemon.tag(APP, WRITTEN, DaemonOptions(host=docker.host))
    url = address(docker, "/images/app:1/tag?repo=docker.io%2Ftests%2Fwritten&tag=1")
    assert str(raised.value).startswith(f'error during connect: Post "{url}": {BROKEN}')


class TestArchive:
    @pytest.mark.parametrize("buffer", BUFFERS)
    def test_that_breaks_off_is_an_error_that_stays(self, docker, buffer):
        docker.faults.append(Closed(SAVE, after=5000, times=1))
        with opened(docker, buffer=buffer) as image:
            for _ in range(2):
                with pytest.raises(DaemonError, match="^unexpected EOF$"):
                    image.digest()
        with opened(docker, buffer=buffer) as image:
            assert image.digest()

    @pytest.mark.parametrize("buffer", BUFFERS)
    def test_that_ends_early_is_one_in_part(self, docker, buffer):
        docker.faults.append(Truncated(SAVE, size=3000))
        with opened(docker, buffer=buffer) as image, pytest.raises(MissingFileError) as raised:
            image.digest()
        assert str(raised.value) == "file manifest.json not found in tar"

    @pytest.mark.parametrize("buffer", BUFFERS)
    def test_that_is_refused(self, docker, buffer):
        docker.faults.append(Instead(SAVE, status=500, body=b'{"message":"disk"}'))
        with opened(docker, buffer=buffer) as image, pytest.raises(DaemonError) as raised:
            image.digest()
        assert (raised.value.status, str(raised.value)) == (500, "Error response from daemon: disk")

    def test_that_breaks_off_while_it_is_saved(self, docker):
        docker.faults.append(Closed(SAVE, after=5000))
        stream = supplement.daemon_save(names=["app:1"], options=DaemonOptions(host=docker.host))
        with stream, pytest.raises(DaemonError, match="^unexpected EOF$"):
            stream.readall()


class TestWriting:
    def write(self, docker, image):
        with pytest.raises(Error) as raised:
            daemon.write(WRITTEN, image, DaemonOptions(host=docker.host))
        return raised.value

    def test_a_refusal(self, docker, new):
        docker.faults.append(Instead(LOAD, status=500, body=b'{"message":"bad tar"}'))
        error = self.write(docker, new)
        assert (type(error), error.status) == (DaemonError, 500)
        assert str(error) == "error loading image: Error response from daemon: bad tar"

    def test_an_answer_that_breaks_off(self, docker, new):
        docker.faults.append(Closed(LOAD, after=230))
        assert str(self.write(docker, new)) == ("error reading load response body: unexpected EOF")

    def test_an_answer_whose_head_breaks_off(self, docker, new):
        docker.faults.append(Closed(LOAD, after=100))
        url = address(docker, "/images/load?quiet=0")
        assert str(self.write(docker, new)) == (
            f'error loading image: error during connect: Post "{url}": {BROKEN}unexpected EOF'
        )

    def test_an_engine_that_hangs_up(self, docker, new):
        docker.faults.append(ClosedWhileReceiving(LOAD, after=1))
        error = self.write(docker, new)
        assert type(error) is DaemonUnavailableError
        url = address(docker, "/images/load?quiet=0")
        assert str(error).startswith(f'error loading image: error during connect: Post "{url}": ')

    def test_a_redirect(self, docker, new):
        class Redirect(Instead):
            def send(self, exchange, answer):
                exchange.send_response(302)
                exchange.send_header("Location", "/elsewhere")
                exchange.send_header("Content-Length", "0")
                exchange.end_headers()

        docker.faults.append(Redirect(LOAD))
        assert str(self.write(docker, new)) == (
            'error loading image: error during connect: Post "/elsewhere": '
            "unexpected redirect in response"
        )

    def test_the_engine_is_not_blamed_for_an_archive_that_breaks_off(self, docker):
        archive = [RECORDED["24.0.7"].archive("app-tag").read_bytes()]
        image = tarball.image(
            lambda: io.BytesIO(archive[0]), None, gzip_profile=PROFILE, layer_sources="patched"
        )
        archive[0] = archive[0][: len(archive[0]) // 3]
        error = self.write(docker, image)
        assert type(error) is TruncatedError
        assert str(error) == (
            "error loading image: error during connect: "
            f'Post "{address(docker, "/images/load?quiet=0")}": '
            "unable to calculate manifest: unexpected EOF"
        )
        assert docker.loaded == []

    @pytest.mark.parametrize("scheme", ["unix", "tcp"])
    def test_an_engine_that_refuses_and_reads_no_more(self, scheme, tmp_path, new):
        """Only the answer is there to be noticed: nothing is closed, nothing is read."""
        family = socket.AF_UNIX if scheme == "unix" else socket.AF_INET
        where = str(tmp_path / "socket") if scheme == "unix" else ("127.0.0.1", 0)
        done = threading.Event()
        with socket.socket(family) as server:
            server.bind(where)
            server.listen()

            def serve():
                connection, _ = server.accept()
                with connection:
                    connection.recv(1 << 12)
                    connection.sendall(
                        b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                        b'Content-Length: 22\r\n\r\n{"message":"no space"}'
                    )
                    done.wait(60)

            thread = threading.Thread(target=serve)
            thread.start()
            host = (
                f"unix://{where}"
                if scheme == "unix"
                else "tcp://{}:{}".format(*server.getsockname())
            )
            options = DaemonOptions(host=host, api_version="1.44")
            try:
                with pytest.raises(DaemonError) as raised:
                    daemon._load(daemon.Client(options), WRITTEN, Endless(new))
            finally:
                done.set()
                thread.join()
        assert str(raised.value) == "error loading image: Error response from daemon: no space"


class Endless:
    """An image whose config never ends."""

    def __init__(self, image):
        self._image = image

    def __getattr__(self, attribute):
        return getattr(self._image, attribute)

    def raw_config_file(self):
        return bytes(64 << 20)


def test_a_document_that_is_too_long(docker):
    docker.faults.append(Instead(INSPECT, body=b" " * ((64 << 20) + 1)))
    with pytest.raises(DaemonError, match="^body exceeds 67108864 byte limit$"):
        opened(docker)
