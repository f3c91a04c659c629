"""Fixtures of registries for the whole suite: real ones, a proxy that fails at will, and tools.

The real ones are Debian's ``docker-registry``; each worker starts its own, once. A test keeps to a
repository of its own (``repository``).
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from pyggcr import registry
from pyggcr.errors import EngineUnavailableError
from support.faulty_proxy import Fault, FaultyProxy
from support.registries import Certificate, DockerRegistry, certificate
from support.tokens import ISSUER, SERVICE, TokenServer


@pytest.fixture(scope="session")
def kept_for_tracing() -> None:
    """Open the pipe that reports Go's requests before a test does: it stays open."""
    from pyggcr._go import tracing

    log = logging.getLogger("pyggcr.requests")
    log.setLevel(logging.DEBUG)
    tracing.options()
    log.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def kept_for_warnings() -> None:
    """Open the pipe of Go's warnings before a test of the drop-in does: it stays open."""
    from pyggcr._os import go_log

    go_log.show(2, debug=False)
    go_log.hide()


@pytest.fixture(scope="session")
def real_registry(require, tmp_path_factory) -> Iterator[DockerRegistry]:
    """A real registry that lets everybody do everything."""
    _need("docker-registry", require)
    with DockerRegistry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def locked_registry(require, tmp_path_factory) -> Iterator[DockerRegistry]:
    """A real registry that wants a user's name and password."""
    _need("docker-registry", require)
    with DockerRegistry(tmp_path_factory.mktemp("locked"), password=True) as registry:
        yield registry


@pytest.fixture(scope="session")
def tls_certificate(require, tmp_path_factory) -> Certificate:
    """A certificate that nobody else trusts."""
    _need("openssl", require)
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def tls_registry(require, tls_certificate, tmp_path_factory) -> Iterator[DockerRegistry]:
    """A real registry behind TLS."""
    _need("docker-registry", require)
    with DockerRegistry(tmp_path_factory.mktemp("tls"), tls=tls_certificate) as registry:
        yield registry


@pytest.fixture(scope="session")
def token_server(require, tmp_path_factory) -> Iterator[TokenServer]:
    """What gives out tokens for ``token_registry``; tests use ``tokens``."""
    _need("openssl", require)
    with TokenServer(tmp_path_factory.mktemp("tokens")) as server:
        yield server


@pytest.fixture
def tokens(token_server) -> TokenServer:
    """The server of tokens, which was asked for none yet."""
    token_server.requests.clear()
    token_server.stale = token_server.dying = 0
    token_server.public = False
    return token_server


@pytest.fixture(scope="session")
def token_registry(require, token_server, tmp_path_factory) -> Iterator[DockerRegistry]:
    """A real registry that wants tokens."""
    _need("docker-registry", require)
    token = {
        "realm": token_server.realm,
        "service": SERVICE,
        "issuer": ISSUER,
        "rootcertbundle": str(token_server.certificate),
    }
    with DockerRegistry(tmp_path_factory.mktemp("by-token"), token=token) as registry:
        yield registry


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """The path of a repository that no other test has."""
    file, _, test = request.node.nodeid.partition("::")  # a parameter may have slashes
    words = re.sub("[^a-z0-9]+", "-", f"{file.rpartition('/')[2]}-{test}".lower())
    return f"tests/{words[-100:].strip('-')}"


@pytest.fixture
def faulty() -> Iterator[Callable[..., FaultyProxy]]:
    """``faulty(registry.host, *faults)``: a proxy before the registry."""
    started = []

    def start(upstream: str, *faults: Fault) -> FaultyProxy:
        started.append(FaultyProxy(upstream, *faults))
        return started[-1]

    yield start
    for proxy in started:
        proxy.close()


@pytest.fixture(scope="session")
def run_crane(require) -> Callable[..., str]:
    """``run_crane(…)``: what crane prints."""
    return _program("crane", "--insecure", require)


@pytest.fixture(scope="session")
def run_skopeo(require) -> Callable[..., str]:
    """``run_skopeo(…)``: what skopeo prints."""
    return _program("skopeo", "--insecure-policy", require)


def _program(program: str, option: str, require: Callable[[str, str], None]) -> Callable[..., str]:
    _need(program, require)

    def run(*arguments: object) -> str:
        command = [program, option, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def _need(program: str, require: Callable[[str, str], None]) -> None:
    if shutil.which(program) is None:
        require(program, "there is no such program")


@pytest.fixture(params=["docker-registry", "registry by go", "registry by python"])
def host(request: pytest.FixtureRequest, require) -> Iterator[str]:
    """The address of each registry in turn: a real one, and the one in this process."""
    if request.param == "docker-registry":
        yield request.getfixturevalue("real_registry").host
        return
    try:
        server = registry.serve(engine=request.param.rpartition(" ")[2], referrers=True)
    except EngineUnavailableError as error:
        require(request.param, str(error))
    with server:
        yield server.host
