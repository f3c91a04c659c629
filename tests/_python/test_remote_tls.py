"""TLS and proxies on the Python engine: what is trusted, what is shown, and to whom."""

from __future__ import annotations

import base64
import os
import shutil
import ssl
import subprocess
import warnings

import pytest
from support.fake_server import Answer, Asked, FakeServer
from support.registries import Certificate, DockerRegistry, certificate

from pyggcr import name, tarball
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.errors import MissingPathError, TransportError, UnsupportedOptionError

QUICK = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=2)
TAGS = b'{"tags": ["one"]}'


@pytest.fixture(scope="module")
def own(require, tmp_path_factory) -> Certificate:
    """A certificate that nobody else trusts."""
    if shutil.which("openssl") is None:
        require("openssl", "there is no such program")
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def registry(require, own, tmp_path_factory):
    """A real registry that shows this certificate."""
    if shutil.which("docker-registry") is None:
        require("docker-registry", "there is no such program")
    with DockerRegistry(tmp_path_factory.mktemp("tls"), tls=own) as started:
        yield started


def test_an_unknown_certificate_is_refused(registry):
    with pytest.raises(TransportError) as caught:
        remote.list_tags(
            repository=name.new_repository(f"{registry.host}/a/b"),
            client=remote.client(options=RemoteOptions(retry=QUICK)),
        )
    assert str(caught.value).startswith(
        f'Get "https://{registry.host}/v2/": tls: failed to verify certificate: x509: '
        "certificate signed by unknown authority; "
    )


@pytest.mark.parametrize("way", ["ca_file", "insecure"])
def test_a_certificate_may_be_trusted(registry, own, plain_archive, way):
    trust = {"ca_file": str(own.certificate)} if way == "ca_file" else {"insecure": True}
    reference = name.new_tag(f"{registry.host}/tls/{way.replace('_', '-')}:1")
    image = tarball.image_from_path(plain_archive, engine="python")

    remote.write(
        reference=reference,
        image=image,
        client=remote.client(options=RemoteOptions(retry=QUICK, **trust)),
    )

    found = remote.image(
        reference=reference, client=remote.client(options=RemoteOptions(retry=QUICK, **trust))
    )
    assert found.digest() == image.digest()


def test_certificates_may_have_remarks_in_any_language(registry, own, tmp_path):
    remarks = tmp_path / "ca.pem"
    remarks.write_bytes("# Autorité\n".encode() + own.certificate.read_bytes())
    client = remote.client(options=RemoteOptions(retry=QUICK, ca_file=str(remarks)))
    with pytest.raises(TransportError) as caught:
        remote.list_tags(
            repository=name.new_repository(f"{registry.host}/none/none"), client=client
        )
    assert caught.value.status == 404


def test_a_file_of_certificates_that_is_not_there_is_told(registry):
    options = RemoteOptions(retry=QUICK, ca_file="/nowhere/ca.pem")
    with pytest.raises(MissingPathError, match="open /nowhere/ca.pem: no such file or directory"):
        remote.client(options=options)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ca_file": __file__},
        {"client_certificate": __file__},
        {"proxy": "ann:hunter2@no-scheme"},
        {"proxy": "http://"},
    ],
    ids=["ca_file", "client_certificate", "proxy", "empty proxy"],
)
def test_options_that_cannot_be_right_are_refused(registry, wrong):
    with pytest.raises(UnsupportedOptionError, match=next(iter(wrong))) as caught:
        remote.list_tags(
            repository=name.new_repository(f"{registry.host}/a/b"),
            client=remote.client(options=RemoteOptions(**wrong)),
        )
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def demanding(own):
    """A server that wants to see the client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    context.load_verify_locations(own.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with FakeServer(lambda _: Answer(200, TAGS), tls=context) as server:
        yield server


def test_the_clients_certificate_is_shown(demanding, own):
    options = RemoteOptions(
        retry=QUICK,
        ca_file=str(own.certificate),
        client_certificate=str(own.certificate),
        client_key=str(own.key),
    )
    client = remote.client(options=options)
    repository = name.new_repository(f"{demanding.host}/a/b")

    assert remote.list_tags(client=client, repository=repository) == ["one"]


def test_without_the_clients_certificate_nothing_is_to_be_had(demanding, own):
    client = remote.client(options=RemoteOptions(retry=QUICK, ca_file=str(own.certificate)))
    with pytest.raises(TransportError):
        remote.list_tags(repository=name.new_repository(f"{demanding.host}/a/b"), client=client)


def through_proxy(proxy: FakeServer, user: str = "") -> RemoteOptions:
    return RemoteOptions(retry=QUICK, proxy=f"http://{user}{proxy.host}")


INSECURE = name.new_repository("registry.example.com/a/b", insecure=True)


def proxied(asked: Asked) -> Answer:
    # No tunnel for TLS; what is asked for in the open has the whole address.
    return (
        Answer(200, TAGS) if asked.path.startswith("http://registry.example.com/") else Answer(501)
    )


def test_nobody_is_asked_for_the_password_of_a_key(own, tmp_path):
    encrypted = tmp_path / "encrypted.pem"
    command = ["openssl", "pkey", "-in", own.key, "-out", encrypted]
    command += ["-aes128", "-traditional", "-passout", "pass:secret"]
    subprocess.run(command, check=True, capture_output=True)
    options = RemoteOptions(client_certificate=str(own.certificate), client_key=str(encrypted))
    with pytest.raises(UnsupportedOptionError, match="^client_certificate: .* encrypted"):
        remote.client(options=options)


def test_a_proxy_is_asked_with_the_whole_address():
    with FakeServer(proxied) as proxy:
        assert remote.list_tags(
            repository=INSECURE, client=remote.client(options=through_proxy(proxy))
        ) == ["one"]


def test_a_proxy_of_the_environment_is_asked(monkeypatch):
    with FakeServer(proxied) as proxy:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, f"http://{proxy.host}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert remote.list_tags(
            repository=INSECURE, client=remote.client(options=RemoteOptions(retry=QUICK))
        ) == ["one"]


def test_the_proxy_gets_its_own_credentials_and_no_error_shows_them(caplog):
    caplog.set_level("DEBUG")
    with FakeServer(lambda _: Answer(502)) as proxy:
        options = through_proxy(proxy, "ann:hunter2@")
        client = remote.client(options=options)
        with pytest.raises(TransportError) as caught:
            remote.list_tags(repository=INSECURE, client=client)

        header = "Basic " + base64.b64encode(b"ann:hunter2").decode()
        assert proxy.asked[-1].headers["proxy-authorization"] == header
    shown = [str(caught.value), repr(caught.value), repr(options), caplog.text]
    assert not any("hunter2" in text for text in shown)


def test_the_agent_is_named_as_go_names_it():
    with FakeServer(lambda _: Answer(200, TAGS)) as server:
        repository = name.new_repository(f"{server.host}/a/b")
        remote.list_tags(
            repository=repository,
            client=remote.client(options=RemoteOptions(user_agent="mine/1.0")),
        )

        assert server.asked[-1].headers["user-agent"] == "mine/1.0 go-containerregistry/v0.22.1"


def test_a_fork_does_not_use_its_parents_connections():
    with FakeServer(lambda _: Answer(200, TAGS)) as server:
        client = remote.client(options=RemoteOptions(retry=QUICK))
        repository = name.new_repository(f"{server.host}/a/b")
        remote.list_tags(repository=repository, client=client)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: there are threads
            child = os.fork()
        if child == 0:
            os._exit(0 if remote.list_tags(repository=repository, client=client) == ["one"] else 1)
        _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
        assert remote.list_tags(repository=repository, client=client) == ["one"]
        # Of the answers to the same question, the child's came over a connection of its own.
        peers = [asked.peer for asked in server.asked if "/tags/" in asked.path]
    assert peers[0] == peers[2] != peers[1]
