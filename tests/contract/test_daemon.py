"""``pyggcr.daemon`` on both engines: names, errors and their texts, addresses, writing, asyncio.

What goes wrong is the same class with the same text on both engines of this package.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import (
    Closed,
    ClosedWhileReceiving,
    Instead,
    Stalled,
    Truncated,
    garbage,
    html,
    refused,
)
from support.registries import certificate

from pyggcr import CancelToken, aio, daemon, name, tarball
from pyggcr.errors import (
    ArchiveError,
    CancelledError,
    DaemonError,
    DaemonImageNotFoundError,
    DaemonUnavailableError,
    DeadlineExceededError,
    Error,
    FileAccessError,
    InvalidReferenceError,
    UnsupportedOptionError,
)

ENGINES = ("go", "python")
GET = "/images/get"


def failures_of(action) -> list[tuple[type, str]]:
    """What an action raises on each engine: the class and its text."""
    found = []
    for engine in ENGINES:
        with pytest.raises(Error) as caught:
            action(engine)
        found.append((type(caught.value), str(caught.value)))
    return found


def read(fake: FakeEngine, engine: str, **options):
    with daemon.image("app:1", host=fake.host, engine=engine, **options) as image:
        return image.digest()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refused("/app:1/json"), DaemonError),
        (garbage("/app:1/json"), Error),
        (html("/app:1/json"), Error),
        (
            Instead("/app:1/json", status=404, body=b"not here", media_type="text/plain"),
            DaemonUnavailableError,
        ),
        (Instead("/app:1/json", status=403, body=b'{"message": "no"}\n'), DaemonError),
        (Instead("/app:1/json", status=500), DaemonError),
        (Instead("/app:1/json", status=500, body=b"{}"), DaemonError),
        (Instead("/app:1/json", body=b'{"Id": "sha256:short"}'), Error),
        (Closed("/app:1/json"), DaemonError),
        (refused(GET), DaemonError),
        (Closed(GET), DaemonError),
        (Truncated(GET, size=700), ArchiveError),
        (Truncated(GET, size=0), ArchiveError),
        (html(GET), ArchiveError),
    ],
    ids=lambda it: getattr(it, "__name__", type(it).__name__),
)
def test_what_goes_wrong_is_told_alike(fake, go_engine, fault, kind):
    fake.faults = [fault]
    go, python = failures_of(lambda engine: read(fake, engine))
    assert go == python
    assert issubclass(go[0], kind)


@pytest.mark.parametrize("buffer", ["file", "memory", "none"])
@pytest.mark.parametrize("after", [400, 3000, 40000])
def test_half_an_archive_is_never_taken_for_a_whole_one(fake, engine, tmp_path, buffer, after):
    folder = tmp_path / "kept"
    folder.mkdir()
    fake.faults = [Closed(GET, after=after)]
    with daemon.image(
        "app:1", host=fake.host, engine=engine, buffer=buffer, folder=folder
    ) as image:
        for _ in range(2):
            with pytest.raises((DaemonError, EOFError)):
                image.layers()[-1].digest()
    assert list(folder.iterdir()) == []


def test_an_engine_that_is_not_there(tmp_path, go_engine):
    place = f"unix://{tmp_path}/none"
    (kind, text), python = failures_of(lambda engine: daemon.image("a", host=place, engine=engine))
    assert (kind, text) == python
    assert kind is DaemonUnavailableError
    assert text.startswith(f"failed to connect to the docker API at {place}; check if the path")


def test_a_port_where_nobody_listens(go_engine):
    place = "tcp://127.0.0.1:9"
    go, python = failures_of(lambda engine: daemon.image("a", host=place, engine=engine))
    text = f"Cannot connect to the Docker daemon at {place}. Is the docker daemon running?"
    assert go == python == (DaemonUnavailableError, text)


def test_a_file_that_is_no_socket(tmp_path, go_engine):
    (tmp_path / "file").touch()
    place = f"unix://{tmp_path}/file"
    go, python = failures_of(lambda engine: daemon.image("a", host=place, engine=engine))
    text = f"Cannot connect to the Docker daemon at {place}. Is the docker daemon running?"
    assert go == python == (DaemonUnavailableError, text)


def test_an_engine_that_went_away_in_the_middle(tmp_path, engine):
    fake = FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s")
    try:
        image = daemon.image("app:1", host=fake.host, engine=engine)
    finally:
        fake.close()
    with image, pytest.raises(DaemonUnavailableError):
        image.digest()


def test_an_engine_that_is_stopped_while_it_sends(tmp_path, engine):
    fake = FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s")
    fake.faults = [Stalled(GET, after=2000)]
    stopper = threading.Thread(target=lambda: (wait_for(fake, GET), fake.close()))
    with daemon.image("app:1", host=fake.host, engine=engine) as image:
        stopper.start()
        with pytest.raises((DaemonError, EOFError)):
            image.digest()
    stopper.join()


def wait_for(fake: FakeEngine, path: str) -> None:
    """Wait until a path was asked for, and a moment longer."""
    while not any(path in asked for asked in fake.paths()):
        time.sleep(0.01)
    time.sleep(0.05)


@pytest.mark.parametrize("action", ["image", "save"])
def test_an_image_that_the_engine_lacks(fake, engine, action):
    with pytest.raises(DaemonImageNotFoundError) as caught:
        if action == "image":
            daemon.image("nope:1", host=fake.host, engine=engine)
        else:
            daemon.save(["nope:1"], host=fake.host)
    assert caught.value.status == 404
    assert isinstance(caught.value, LookupError)


def test_names_that_are_none(fake, engine):
    for action in (daemon.image, lambda it, **options: daemon.tag(it, "b", **options)):
        with pytest.raises(InvalidReferenceError):
            action("No Name", host=fake.host, engine=engine)
    assert fake.asked == []


@pytest.mark.parametrize("host", ["ssh://docker.example.com", "nowhere://", "ftp://a"])
def test_addresses_that_cannot_be_used(engine, host):
    with pytest.raises(UnsupportedOptionError):
        daemon.image("app:1", host=host, engine=engine)


def test_a_stalled_engine_is_waited_for_no_longer_than_told(fake, engine):
    fake.faults = [Stalled("/app:1/json")]
    with pytest.raises(DeadlineExceededError):
        read(fake, engine, timeout=0.3)
    fake.faults = [Stalled("/_ping", after=20)]
    with pytest.raises(DeadlineExceededError):
        read(fake, engine, timeout=0.3)


def test_a_stalled_engine_can_be_given_up(fake, engine):
    fake.faults = [Stalled("/app:1/json")]
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(CancelledError):
        read(fake, engine, cancel=token)


def test_the_version_of_the_api_is_agreed_on(fake, engine):
    read(fake, engine)
    asked = [it.api for it in fake.asked if it.path != "/_ping"]
    assert set(asked) == {"1.44"}
    fake.asked.clear()
    read(fake, engine, api_version="1.40")
    assert {it.api for it in fake.asked if it.path != "/_ping"} == {"1.40"}
    with pytest.raises(DaemonError, match="client version 1.99 is too new"):
        read(fake, engine, api_version="1.99")


def test_the_environment_says_where_the_engine_is(fake, engine, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    with daemon.image("app:1", engine=engine) as image:
        assert len(image.layers()) == 4
    assert daemon.info().engine_version == "25.0.2"


def test_a_context_says_where_the_engine_is(fake, engine, tmp_path, monkeypatch):
    from hashlib import sha256

    meta = tmp_path / "contexts" / "meta" / sha256(b"mine").hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": fake.host}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    with daemon.image("app:1", context="mine", engine=engine) as image:
        assert len(image.layers()) == 4
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    with daemon.image("app:1", engine=engine) as image:
        assert len(image.layers()) == 4


def test_plain_tcp(engine):
    with FakeEngine(RECORDED["28.5.2"]) as fake:
        assert str(read(fake, engine)).startswith("sha256:")


@pytest.fixture
def tls(require, tmp_path):
    """A certificate, and an engine that talks TLS with it and asks for it."""
    if not shutil.which("openssl"):
        require("openssl", "it is not on PATH")
    made = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    context.load_verify_locations(made.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with FakeEngine(RECORDED["28.5.2"], tls=context) as fake:
        yield made, fake


def test_an_address_can_say_http_or_https(tls, engine):
    made, fake = tls
    files = {"client_certificate": made.certificate, "client_key": made.key}
    place = fake.host.replace("tcp://", "https://")
    with daemon.image(
        "app:1", host=place, engine=engine, ca_file=made.certificate, **files
    ) as image:
        assert len(image.layers()) == 4
    with (
        FakeEngine(RECORDED["28.5.2"]) as plain,
        daemon.image("app:1", host=plain.host.replace("tcp:", "http:"), engine=engine) as image,
    ):
        assert len(image.layers()) == 4


def test_tls_with_certificates_on_both_sides(tls, engine, tmp_path, monkeypatch):
    made, fake = tls
    files = {"client_certificate": made.certificate, "client_key": made.key}
    assert read(fake, engine, ca_file=made.certificate, **files)
    remarked = tmp_path / "remarked.pem"
    remarked.write_bytes("# Autorité\n".encode() + Path(made.certificate).read_bytes())
    assert read(fake, engine, ca_file=remarked, **files)
    assert read(fake, engine, verify=False, **files)
    with pytest.raises(DaemonError, match="certificate"):
        read(fake, engine, **files)
    with pytest.raises(DaemonError):
        read(fake, engine, ca_file=made.certificate)
    folder = tmp_path / "docker"
    folder.mkdir()
    for kind, file in (("ca", "certificate"), ("cert", "certificate"), ("key", "key")):
        shutil.copy(getattr(made, file), folder / f"{kind}.pem")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(folder))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    with daemon.image("app:1", engine=engine) as image:
        assert len(image.layers()) == 4


def test_an_image_is_written_and_read_again(fake, engine):
    with tarball.image_from_path(RECORDED["24.0.7"].archive("app-tag"), engine=engine) as image:
        said = daemon.write("new:1", image, host=fake.host, engine=engine)
        assert daemon.loaded_images(said) == ["new:1"]
        with daemon.image("new:1", host=fake.host, engine=engine) as again:
            assert again.config_name() == image.config_name()
            assert again.digest() == image.digest()


def test_an_image_that_is_there_only_gets_a_tag(fake, engine):
    with tarball.image_from_path(RECORDED["25.0.2"].archive("app-tag"), engine=engine) as image:
        assert daemon.write("other:1", image, host=fake.host, engine=engine) == ""
        assert daemon.write("app:1", image, host=fake.host, engine=engine) == ""
    assert [path.partition("?")[2] for path in fake.paths("POST")] == [
        "repo=docker.io%2Flibrary%2Fother&tag=1"
    ]
    assert fake.loaded == []
    daemon.tag("other:1", "third:1", host=fake.host, engine=engine)
    with daemon.image("third:1", host=fake.host, engine=engine) as image:
        assert image.config_name() is not None


def test_what_the_engine_did_not_load_is_found_out(fake, engine):
    fake.faults = [Instead("/images/load", body=b'{"errorDetail":{},"error":"no space left"}\r\n')]
    with tarball.image_from_path(RECORDED["24.0.7"].archive("app-tag"), engine=engine) as image:
        said = daemon.write("new:1", image, host=fake.host, engine=engine)
    with pytest.raises(DaemonError, match=r"^no space left$"):
        daemon.loaded_images(said)


def test_what_an_engine_says_of_loading():
    said = (
        '{"status":"Loading layer","progressDetail":{"current":1},"progress":"[=>]","id":"a"}\n'
        '{"stream":"Loaded image: app:1\\n"}\n{"stream":"Loaded image ID: sha256:abc\\n"}\n'
        "Loaded image: in plain text\n7\n"
    )
    assert daemon.loaded_images(said) == ["app:1", "sha256:abc"]
    assert daemon.loaded_images("") == []


def test_an_engine_that_hangs_up_while_it_loads(fake, engine):
    fake.faults = [ClosedWhileReceiving("/images/load", after=1000)]
    with (
        tarball.image_from_path(RECORDED["24.0.7"].archive("app-tag"), engine=engine) as image,
        pytest.raises(DaemonError, match=r"^error loading image: "),
    ):
        daemon.write("new:1", image, host=fake.host, engine=engine)
    assert fake.loaded == []


def test_an_archive_is_loaded_as_it_is(fake):
    archive = RECORDED["24.0.7"].archive("multi")
    with archive.open("rb") as stream:
        said = daemon.load(stream, host=fake.host)
    assert sorted(daemon.loaded_images(said)) == ["app:1", "dup:1", "onelayer:1"]
    assert fake.loaded[0].read_bytes() == archive.read_bytes()


def test_progress_is_told(fake, engine):
    told = []
    read(fake, engine, progress=told.append)
    with daemon.image("app:1", host=fake.host, engine=engine) as image:
        from pyggcr import limit

        with limit(progress=told.append):
            image.digest()
    assert told[-1].bytes_read >= RECORDED["25.0.2"].archive("app-tag").stat().st_size


def test_the_doors_can_be_awaited(fake, engine):
    async def work() -> list[str]:
        image = await aio.daemon.image("app:1", host=fake.host, engine=engine)
        async with image:
            digest = await image.digest()
        await aio.daemon.tag("app:1", "later:1", host=fake.host, engine=engine)
        info = await aio.daemon.info(host=fake.host)
        return [str(digest), info.engine_version]

    assert asyncio.run(work()) == [str(read(fake, engine)), "25.0.2"]


def test_a_socket_that_one_may_not_use(require, fake, engine):
    if os.geteuid() != 0:
        require("root", "to do something as another user")
    # What is imported later could not be read: the first call imports it all.
    code = (
        "import os, sys\n"
        "from pyggcr import daemon, errors\n"
        "host, engine = sys.argv[1:]\n"
        "daemon.image('app:1', host=host, engine=engine).close()\n"
        "os.setgroups([])\n"
        "os.setegid(65534)\n"
        "os.seteuid(65534)\n"
        "try:\n"
        "    daemon.image('app:1', host=host, engine=engine)\n"
        "except errors.DaemonUnavailableError as error:\n"
        "    print(error)\n"
    )
    Path(fake.host.removeprefix("unix://")).chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-c", code, fake.host, engine],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        f"permission denied while trying to connect to the docker API at {fake.host}\n"
    )


@pytest.mark.parametrize("given", [7, None, b"app:1", ["app:1"]])
def test_what_is_no_reference_is_a_type_error(fake, engine, given):
    with (
        tarball.image_from_path(fake.recorded.archive("app-tag")) as image,
        pytest.raises(TypeError, match="expected a text or a Tag"),
    ):
        daemon.write(given, image, host=fake.host, engine=engine)
    for source, target in (("app:1", given), (given, "app:2")):
        with pytest.raises(TypeError, match="expected a text or a Tag"):
            daemon.tag(source, target, host=fake.host, engine=engine)
    with pytest.raises(TypeError, match="expected a text or a Reference"):
        daemon.image(given, host=fake.host, engine=engine)
    with pytest.raises(TypeError, match="expected a text or a Reference"):
        daemon.save([given], host=fake.host)
    assert not fake.paths("POST")


def test_what_is_no_image_is_a_type_error(fake, engine):
    with tarball.image_from_path(fake.recorded.archive("app-tag")) as image:
        for given in (None, "app:1", image.layers()[0]):
            with pytest.raises(TypeError, match="expected an image, not "):
                daemon.write("app:2", given, host=fake.host, engine=engine)
    assert not fake.asked


def test_a_single_name_is_saved_as_a_list_of_one_is(fake):
    archive = fake.recorded.archive("app-tag").read_bytes()
    for one in ("app:1", name.parse_reference("app:1")):
        for references in (one, [one]):
            with daemon.save(references, host=fake.host) as stream:
                assert stream.read(len(archive) + 1)[:512] == archive[:512]


def test_folders_for_the_archive_of_any_kind(fake, engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, os.fsencode(tmp_path), "", None):
        with daemon.image("app:1", host=fake.host, engine=engine, folder=folder) as image:
            assert len(image.layers()) == 4
    with (
        daemon.image("app:1", host=fake.host, engine=engine, folder="a\0b") as image,
        pytest.raises(FileAccessError, match="invalid argument"),
    ):
        image.layers()


def test_a_socket_whose_path_is_no_utf_8_is_not_there(engine):
    with pytest.raises(DaemonUnavailableError, match="no such file or directory"):
        daemon.image("app:1", host="unix:///nowhere/\udcff", engine=engine)


# Writes an image with a layer that says it has less than nothing, as a registry's manifest may.
NEGATIVE = """
import sys
from pyggcr import daemon, tarball, v1

class Part:
    def __init__(self, inner):
        self.inner = inner

def passed_on(name):
    return lambda self, *given: getattr(self.inner, name)(*given)

def made(kind, inner, **own):
    methods = {name: passed_on(name) for name in kind.__abstractmethods__}
    return type("Own", (Part, kind), {**methods, **own})(inner)

path, host, engine = sys.argv[1:]
image = tarball.image_from_path(path)
layers = [made(v1.Layer, layer, size=lambda self: -1) for layer in image.layers()]
own = made(v1.Image, image, layers=lambda self: layers)
try:
    daemon.write("app:2", own, host=host, engine=engine)
except ValueError as error:
    print(type(error).__name__)
"""


def test_a_layer_of_less_than_nothing_does_not_end_the_process(fake, engine):
    fake.images.clear()
    archive = fake.recorded.archive("app-tag")
    command = [sys.executable, "-c", NEGATIVE, str(archive), fake.host, engine]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "ArchiveError\n"), done.stderr


@pytest.mark.parametrize("on", ["/json", "/history", "/images/load"])
def test_a_document_of_any_length_is_not_read_into_memory(fake, engine, on):
    image = daemon.image("app:1", host=fake.host, engine=engine)
    fake.faults = [Instead(on, body=b" " * (65 << 20) + b"{}")]
    with image, pytest.raises(DaemonError, match="body exceeds 67108864 byte limit"):
        if on == "/images/load":
            fake.images.clear()
            with tarball.image_from_path(fake.recorded.archive("app-tag")) as sent:
                daemon.write("app:2", sent, host=fake.host, engine=engine)
        image.config_file()
