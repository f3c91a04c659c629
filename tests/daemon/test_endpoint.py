"""Where the engine is: the environment, docker's contexts and its config, as docker decides."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pyggcr._values.daemon import Endpoint
from pyggcr.daemon.endpoint import DEFAULT_HOST, resolve
from pyggcr.errors import DaemonUnavailableError, UnsupportedOptionError

VARIABLES = ("HOST", "CONTEXT", "TLS", "TLS_VERIFY", "CERT_PATH", "API_VERSION")

DEEP = "[" * 100_000  # more than Python's json goes down


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Docker's configuration folder, empty; nothing is set in the environment."""
    for name in VARIABLES:
        monkeypatch.delenv(f"DOCKER_{name}", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path


def make_context(config: Path, name: str, endpoint: object, **files: str) -> Path:
    """A context as ``docker context create`` writes it; the folder of its certificates."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = config / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    document = {"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (meta / "meta.json").write_text(json.dumps(document))
    tls = config / "contexts" / "tls" / digest / "docker"
    for file, content in files.items():
        tls.mkdir(parents=True, exist_ok=True)
        (tls / f"{file}.pem").write_text(content)
    return tls


def test_without_any_setting_it_is_the_default_socket():
    assert resolve() == Endpoint(DEFAULT_HOST)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("unix:///run/other.sock", "unix:///run/other.sock"),
        ("unix://", DEFAULT_HOST),
        ("tcp://127.0.0.1:9", "tcp://127.0.0.1:9"),
        ("tcp://127.0.0.1", "tcp://127.0.0.1:2375"),
        ("tcp://", "tcp://localhost:2375"),
        ("docker.example.com", "tcp://docker.example.com:2375"),
        (" 127.0.0.1:9 ", "tcp://127.0.0.1:9"),
        ("tcp://127.0.0.1:0", "tcp://127.0.0.1:0"),
        ("tcp://[::1]:9/base", "tcp://[::1]:9/base"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
        ("https://127.0.0.1:9/base", "https://127.0.0.1:9/base"),
    ],
)
def test_the_environment_names_a_host(monkeypatch, host, address):
    monkeypatch.setenv("DOCKER_HOST", host)
    assert resolve().host == address
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere")
    assert resolve(host).host == address


def test_an_argument_comes_before_the_environment_and_that_before_contexts(config, monkeypatch):
    make_context(config, "one", {"Host": "unix:///one"})
    make_context(config, "two", {"Host": "unix:///two"})
    (config / "config.json").write_text('{"currentContext": "one"}')
    assert resolve().host == "unix:///one"
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert resolve().host == "unix:///two"
    assert resolve(context="default").host == DEFAULT_HOST
    monkeypatch.setenv("DOCKER_HOST", "unix:///three")
    assert resolve().host == "unix:///three"
    assert resolve(context="one").host == "unix:///one"
    assert resolve("unix:///four").host == "unix:///four"


@pytest.mark.parametrize("text", ["{nonsense", "[]", '{"currentContext": 1}', "{}", DEEP])
def test_a_broken_config_is_no_config(config, text):
    (config / "config.json").write_text(text)
    assert resolve().host == DEFAULT_HOST


def test_tls_of_the_environment(config, monkeypatch):
    for name in ("ca", "cert", "key"):
        (config / f"{name}.pem").touch()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(config))
    assert not resolve().tls
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert resolve() == Endpoint(
        "tcp://127.0.0.1:9",
        tls=True,
        ca_file=str(config / "ca.pem"),
        client_certificate=str(config / "cert.pem"),
        client_key=str(config / "key.pem"),
    )
    monkeypatch.delenv("DOCKER_TLS_VERIFY")
    monkeypatch.setenv("DOCKER_TLS", "1")
    assert (resolve().tls, resolve().verify) == (True, False)


def test_tls_looks_for_certificates_in_dockers_folder_and_needs_the_authoritys(config, monkeypatch):
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with pytest.raises(DaemonUnavailableError, match=r"open .*/ca.pem: no such file or directory"):
        resolve()
    (config / "ca.pem").touch()
    assert resolve() == Endpoint("tcp://localhost:2376", tls=True, ca_file=str(config / "ca.pem"))


def test_a_socket_needs_no_tls(monkeypatch):
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/docker.sock")
    assert resolve() == Endpoint("unix:///run/docker.sock")


def test_a_context_brings_its_certificates(config):
    host = "tcp://127.0.0.1:9"
    tls = make_context(config, "one", {"Host": host}, ca="", cert="", key="")
    assert resolve(context="one") == Endpoint(
        host,
        tls=True,
        ca_file=str(tls / "ca.pem"),
        client_certificate=str(tls / "cert.pem"),
        client_key=str(tls / "key.pem"),
    )
    make_context(config, "two", {"Host": host, "SkipTLSVerify": True})
    assert resolve(context="two") == Endpoint(host, tls=True, verify=False)
    make_context(config, "three", {"Host": host, "SkipTLSVerify": False})
    assert resolve(context="three") == Endpoint(host)
    make_context(config, "four", {"Host": "unix:///four", "SkipTLSVerify": True})
    assert resolve(context="four") == Endpoint("unix:///four")
    make_context(config, "five", {})
    assert resolve(context="five").host == DEFAULT_HOST


def test_the_version_of_the_api_can_be_fixed(config, monkeypatch):
    make_context(config, "one", {"Host": "unix:///one"})
    monkeypatch.setenv("DOCKER_API_VERSION", "1.40")
    assert resolve().api_version == "1.40"
    assert resolve(context="one").api_version == "1.40"


def test_a_context_that_is_not_there(config):
    with pytest.raises(DaemonUnavailableError) as caught:
        resolve(context="nope")
    folder = hashlib.sha256(b"nope").hexdigest()
    assert str(caught.value) == (
        'unable to resolve docker endpoint: context "nope": context not found: '
        f"open {config}/contexts/meta/{folder}/meta.json: no such file or directory"
    )


@pytest.mark.parametrize("endpoint", ["text", {"Host": 7}])
def test_a_context_that_makes_no_sense(config, endpoint):
    make_context(config, "one", endpoint)
    with pytest.raises(DaemonUnavailableError, match='context "one"'):
        resolve(context="one")


@pytest.mark.parametrize("text", ["{", "[]", '{"Endpoints": {}}', DEEP])
def test_a_context_whose_file_is_broken(config, text):
    make_context(config, "one", {})
    (meta,) = config.glob("contexts/meta/*/meta.json")
    meta.write_text(text)
    with pytest.raises(DaemonUnavailableError, match='context "one"'):
        resolve(context="one")


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("ssh://ann@docker.example.com", "ssh:// is not supported"),
        ("npipe:////./pipe/docker_engine", "npipe:// is not supported"),
        ("fd://", "unable to parse docker host `fd://`"),
        ("ftp://docker.example.com", "invalid bind address format: ftp://docker.example.com"),
        ("tcp://127.0.0.1:many", "invalid bind address format: tcp://127.0.0.1:many"),
        ("tcp://[::1", r"invalid bind address format: tcp://\[::1"),
        ("tcp://docker.\nexample.com", "invalid bind address format: tcp://docker.\nexample.com"),
        ("https://docker example.com", "invalid bind address format: https://docker example.com"),
    ],
)
def test_addresses_that_cannot_be_used(config, host, text):
    with pytest.raises(UnsupportedOptionError, match=text):
        resolve(host)
    make_context(config, "one", {"Host": host})
    with pytest.raises(UnsupportedOptionError, match=text):
        resolve(context="one")


def test_a_context_whose_name_is_no_utf_8():
    with pytest.raises(DaemonUnavailableError, match="context not found"):
        resolve(context="\udcff")


@pytest.mark.parametrize("given", [7, b"unix:///one", Path("/one")])
def test_what_is_no_text_is_a_type_error(given):
    with pytest.raises(TypeError, match=f"take texts, not {type(given).__name__}"):
        resolve(given)
    with pytest.raises(TypeError, match=f"take texts, not {type(given).__name__}"):
        resolve(context=given)


def test_a_host_and_a_context_contradict_each_other():
    with pytest.raises(UnsupportedOptionError, match="cannot specify both host and context"):
        resolve("unix:///one", "two")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"DOCKER_HOST": "unix://"},
        {"DOCKER_HOST": "unix:///nowhere"},
        {"DOCKER_HOST": "127.0.0.1:9"},
        {"DOCKER_HOST": "tcp://127.0.0.1:9", "DOCKER_CONTEXT": "one"},
        {"DOCKER_CONTEXT": "one"},
        {"DOCKER_CONTEXT": "two"},
        {"DOCKER_CONTEXT": "default"},
        {"DOCKER_CERT_PATH": "/nowhere", "DOCKER_HOST": "127.0.0.1:9"},
        {"DOCKER_TLS_VERIFY": "1", "DOCKER_CONTEXT": "one"},
    ],
    ids=lambda settings: " ".join(f"{key[7:]}={value}" for key, value in settings.items()),
)
@pytest.mark.parametrize("current", ["", "one"])
def test_dockers_own_command_line_goes_to_the_same_place(
    require, config, monkeypatch, settings, current
):
    if not shutil.which("docker"):
        require("dockerd", "docker is not on PATH")
    make_context(config, "one", {"Host": "unix:///one"})
    make_context(config, "two", {"Host": "tcp://127.0.0.1:9"})
    (config / "config.json").write_text(json.dumps({"currentContext": current}))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if resolve().host == DEFAULT_HOST and Path(DEFAULT_HOST[7:]).exists():
        pytest.skip("an engine runs there, and says nothing of where")
    said = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False).stderr
    where = re.search(r"daemon at (\S+)\. Is the docker daemon running", said)
    assert where is not None, said
    assert resolve().host == where[1]
