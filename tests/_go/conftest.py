"""What the tests of the boundary share: the Go engine, archives that take long, other processes."""

from __future__ import annotations

import http.server
import shutil
import ssl
import subprocess
import sys
import threading

import pytest
from support.boundary import HANG, NATIVE, ROOT, SLOW, Served, environment, serve, sparse_archive
from support.shared_builds import build_once, shared_folder


@pytest.fixture(scope="session")
def go(require):
    """The Go engine's modules, where the engine is there."""
    from pyggcr import _go
    from pyggcr._go import authn, daemon, gostd, library, partial, registry, remote, tarball

    info = _go.describe()
    if not info.available:
        require("go", info.reason)
    return type(
        "Go",
        (),
        {
            "info": info,
            "engine": _go,
            "authn": authn,
            "daemon": daemon,
            "gostd": gostd,
            "library": library,
            "partial": partial,
            "registry": registry,
            "remote": remote,
            "tarball": tarball,
            "validate": _go.package("validate"),
        },
    )


@pytest.fixture
def open_image(go):
    """Opens an archive on the Go engine; closes it after the test."""
    images = []

    def opened(path):
        image = go.tarball.image_from_path(
            path=str(path), tag=None, gzip_profile=go.info.gzip_profile, layer_sources="patched"
        )
        images.append(image)
        return image

    yield opened
    for image in images:
        image.close()


@pytest.fixture
def open_with(go):
    """Opens an archive through an opener on the Go engine; closes it after the test."""
    images = []

    def opened(opener):
        image = go.tarball.image(
            opener=opener, tag=None, gzip_profile=go.info.gzip_profile, layer_sources="patched"
        )
        images.append(image)
        return image

    yield opened
    for image in images:
        image.close()


@pytest.fixture
def served(go):
    """A registry in this process; ``served(path)`` makes a name in it."""
    with serve(go, referrers=True) as registry:
        yield Served(registry.address)


@pytest.fixture
def mutual_tls(tls_certificate):
    """The host of a server that knows nothing, and the certificates that its clients showed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls_certificate.certificate, tls_certificate.key)
    context.load_verify_locations(tls_certificate.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    shown = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            shown.append(self.connection.getpeercert())
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", shown
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def small_archive():
    """An archive of Docker 25 with four plain layers."""
    return ROOT / "tests" / "data" / "docker" / "25.0.2" / "app-id.tar"


@pytest.fixture(scope="session")
def endless_archive(tmp_path_factory):
    """A plain layer that takes minutes: 64 GiB, none of it on the disk."""
    return sparse_archive(tmp_path_factory.mktemp("endless") / "a.tar", 64 << 30)


@pytest.fixture(scope="session")
def slow_archive(tmp_path_factory):
    """A plain layer whose digest takes many slices, but not long."""
    return sparse_archive(tmp_path_factory.mktemp("slow") / "a.tar", SLOW)


@pytest.fixture(scope="session")
def slow_gzip_archive(tmp_path_factory):
    """A layer with a gzip header whose digest takes many slices, but not long."""
    return sparse_archive(
        tmp_path_factory.mktemp("slow") / "a.tar", 512 << 20, head=b"\x1f\x8b\x08\x00"
    )


@pytest.fixture
def run_python(go):
    """Runs a script in a process of its own and gives what it printed."""

    def run(script, *arguments, **more):
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env=environment(**more),
            capture_output=True,
            text=True,
            timeout=HANG,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def misbehaving_library(tmp_path_factory, require):
    """The library with the exports that misbehave; built on demand."""
    go = shutil.which("go")
    if go is None:
        require("go", "there is no Go on PATH to build the library for tests")
    sys.path.insert(0, str(NATIVE))
    try:
        import toolchain
    finally:
        sys.path.remove(str(NATIVE))
    try:
        found = toolchain.find()
    except toolchain.CannotBuildError as error:
        require("go", str(error))
    command = [found.go, "build", "-buildmode=c-shared", "-tags", "pyggcr_test"]

    def build(path):
        subprocess.run(
            [*command, "-o", str(path), "."],
            cwd=NATIVE,
            env=toolchain._environment(found),
            check=True,
            timeout=600,
        )

    return build_once(shared_folder(tmp_path_factory) / "libpyggcr_test.so", build)
