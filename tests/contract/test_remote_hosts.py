"""Per-host settings on both engines: mirrors, other locations, certificates, blocked names.

Registries are stand-ins on loopback, which note the credentials that they are shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import subprocess
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import authn, crane, errors, random, registry, remote, validate
from pyggcr.cli import app as program
from pyggcr.remote import hosts, transport

# The drop-in runs in this process.
pytestmark = pytest.mark.usefixtures("kept_for_warnings")

MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}'
DIGEST = "sha256:" + hashlib.sha256(MANIFEST).hexdigest()
BASIC = "Basic " + base64.b64encode(b"ann:secret").decode()


class Registry:
    """A registry with one image, which it shows to everybody, or to whoever shows credentials."""

    def __init__(self, *, locked: bool = False, empty: bool = False, tls=None) -> None:
        self._locked, self._empty = locked, empty
        self.server = FakeServer(self._answer, tls=tls)
        self.host = self.server.host

    def _answer(self, asked: Asked) -> Answer:
        if self._locked and "authorization" not in asked.headers:
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        if asked.path == "/v2/":
            return Answer(200)
        if self._empty or asked.method not in ("GET", "HEAD"):
            return Answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        if "/tags/list" in asked.path:
            return Answer(200, b'{"tags":["1"]}')
        headers = {
            "Content-Type": "application/vnd.oci.image.manifest.v1+json",
            "Docker-Content-Digest": DIGEST,
        }
        return Answer(200, MANIFEST, headers)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, but for the greeting."""
        return [it.path for it in self.server.asked if it.path != "/v2/"]

    @property
    def shown(self) -> set[str]:
        """All credentials, and headers of the caller's, that came here."""
        headers = [it.headers for it in self.server.asked]
        return {it[key] for it in headers for key in ("authorization", "x-mine") if key in it}


@pytest.fixture
def start():
    """``start(…)``: a registry."""
    started = []

    def start(**options: object) -> Registry:
        started.append(Registry(**options))
        return started[-1]

    yield start
    for it in started:
        it.server.close()


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """``configured(text, name)``: a file with that text; there are no credentials yet."""
    for variable in ("DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    def write(text: str, name: str = "registries.conf") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def with_mirror(registry: Registry, *mirrors: str, more: str = "") -> str:
    """A registries.conf."""
    text = f'[[registry]]\nlocation = "{registry.host}"\n{more}\n'
    return text + "".join(f"[[registry.mirror]]\n{it}\n" for it in mirrors)


def location(registry: Registry, path: str = "") -> str:
    return f'location = "{registry.host}{path}"'


def test_a_mirror_is_asked_first(engine, start, configured):
    registry, mirror = start(), start()
    path = configured(with_mirror(registry, location(mirror, "/hub")))

    found = remote.head(f"{registry.host}/team/app:1", hosts=path, engine=engine)

    assert str(found.digest) == DIGEST
    assert mirror.asked == ["/v2/hub/team/app/manifests/1"]
    assert registry.server.asked == []


def test_what_mirrors_lack_is_where_it_belongs(engine, start, configured):
    registry, empty, closed = start(), start(empty=True), start()
    closed.server.close()
    path = configured(with_mirror(registry, location(closed), location(empty)))

    with remote.Puller(hosts=path, engine=engine) as puller:
        assert puller.get(f"{registry.host}/team/app:1").manifest == MANIFEST
        assert puller.list_tags(f"{registry.host}/team/app") == ["1"]

    assert empty.asked == ["/v2/team/app/manifests/1"]
    assert registry.asked[0] == "/v2/team/app/manifests/1"


def test_the_last_error_is_that_of_the_registry(engine, start, configured):
    registry, mirror = start(empty=True), start(empty=True)
    path = configured(with_mirror(registry, location(mirror)))

    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{registry.host}/team/app:1", hosts=path, engine=engine)

    assert registry.host in str(caught.value)
    assert caught.value.status == 404


def test_whole_images_are_read_and_copied_through_a_mirror(engine, configured):
    image = random.image(1000, 2)
    index = random.index(100, 1, 2)
    with registry.serve() as mirror, registry.serve() as home:
        remote.write(f"{mirror.host}/hub/app:1", image)
        remote.write_index(f"{mirror.host}/hub/app:index", index)
        path = configured(
            f'[[registry]]\nlocation = "{home.host}"\n'
            f'[[registry.mirror]]\nlocation = "{mirror.host}/hub"'
        )
        options = {"hosts": path, "engine": engine}

        with remote.image(f"{home.host}/app:1", **options) as found:
            validate.image(found)
            assert found.digest() == image.digest()
        crane.copy(f"{home.host}/app:index", f"{home.host}/copy:1", **options)
        remote.write(f"{home.host}/written:1", image, **options)
        parts = {f"{home.host}/many:1": image, f"{home.host}/many:2": index}
        remote.multi_write(parts, **options)

        for name, digest in (
            ("copy:1", index.digest()),
            ("written:1", image.digest()),
            ("many:1", image.digest()),
            ("many:2", index.digest()),
        ):
            assert remote.head(f"{home.host}/{name}").digest == digest
        assert sorted(crane.catalog(home.host, **options)) == ["copy", "many", "written"]
        assert sorted(crane.catalog(mirror.host)) == ["hub/app"]


@pytest.mark.parametrize(
    ("pull", "by_tag", "by_digest"),
    [
        ('pull-from-mirror = "all"', True, True),
        ('pull-from-mirror = "digest-only"', False, True),
        ('pull-from-mirror = "tag-only"', True, False),
        ("", True, True),
    ],
)
def test_what_may_be_read_at_a_mirror(engine, start, configured, pull, by_tag, by_digest):
    registry, mirror = start(), start()
    path = configured(with_mirror(registry, f"{location(mirror)}\n{pull}"))

    remote.head(f"{registry.host}/team/app:1", hosts=path, engine=engine)
    assert bool(mirror.asked) == by_tag
    mirror.server.asked.clear()
    remote.head(f"{registry.host}/team/app@{DIGEST}", hosts=path, engine=engine)
    assert bool(mirror.asked) == by_digest


def test_mirror_by_digest_only(engine, start, configured):
    registry, mirror = start(), start()
    more = "mirror-by-digest-only = true"
    path = configured(with_mirror(registry, location(mirror), more=more))

    remote.head(f"{registry.host}/team/app:1", hosts=path, engine=engine)

    assert mirror.server.asked == []


# What stands in registries.conf; {r}, {m} and {n} are stand-ins, the last one has no image.
BESIDE_SKOPEO = (
    '[[registry]]\nlocation="{r}"\ninsecure=true',
    '[[registry]]\nprefix="{r}/team"\nlocation="{m}/moved"\ninsecure=true',
    (
        '[[registry]]\nprefix="{r}/tea"\nlocation="{m}/moved"\ninsecure=true\n'
        '[[registry]]\nlocation="{r}"\ninsecure=true'
    ),
    (
        '[[registry]]\nprefix="{r}/team"\nlocation="{m}/a"\ninsecure=true\n'
        '[[registry]]\nprefix="{r}/team/sub"\nlocation="{m}/b"\ninsecure=true'
    ),
    (
        '[[registry]]\nlocation="{r}"\ninsecure=true\n[[registry.mirror]]\nlocation="{m}/hub"\n'
        "insecure=true"
    ),
    (
        '[[registry]]\nlocation="{r}"\ninsecure=true\n[[registry.mirror]]\nlocation="{n}"\n'
        'insecure=true\n[[registry.mirror]]\nlocation="{m}"\ninsecure=true'
    ),
    (
        '[[registry]]\nlocation="{r}"\ninsecure=true\n[[registry.mirror]]\nlocation="{n}"\n'
        "insecure=true"
    ),
    (
        '[[registry]]\nlocation="{r}"\ninsecure=true\nmirror-by-digest-only=true\n'
        '[[registry.mirror]]\nlocation="{m}"\ninsecure=true'
    ),
    (
        '[[registry]]\nlocation="{r}"\ninsecure=true\n[[registry.mirror]]\nlocation="{m}"\n'
        'insecure=true\npull-from-mirror="digest-only"'
    ),
    '[[registry]]\nprefix="*.0.0.1"\nlocation=""\ninsecure=true\n',
    '[[registry]]\nlocation="{r}"\nblocked=true',
    '[[registry]]\nlocation="{r}/other"\nblocked=true\n[[registry]]\nlocation="{r}"\ninsecure=true',
)


@pytest.mark.parametrize("identifier", [":1", f"@{DIGEST}"])
@pytest.mark.parametrize("text", BESIDE_SKOPEO, ids=range(len(BESIDE_SKOPEO)))
def test_manifests_are_looked_for_where_skopeo_looks(
    engine, start, configured, text, identifier, run_skopeo
):
    standing = {"r": start(), "m": start(), "n": start(empty=True)}
    for key, it in standing.items():
        text = text.replace(f"{{{key}}}", it.host)
    path = configured(text)
    name = f"{standing['r'].host}/team/sub/app{identifier}"

    done = subprocess.run(
        ["skopeo", "--registries-conf", path, "inspect", "--raw", f"docker://{name}"],
        capture_output=True,
        timeout=60,
    )
    theirs = (done.returncode == 0, _manifests(standing))
    try:
        remote.get(name, hosts=path, engine=engine)
        found = True
    except errors.Error:
        found = False

    assert (found, _manifests(standing)) == theirs
    assert found or 'location="' + standing["r"].host + '"\nblocked' in text or "*." in text


def _manifests(standing: dict[str, Registry]) -> dict[str, list[str]]:
    """What each was asked for, since the last time."""
    asked = {key: [it for it in one.asked if "/manifests/" in it] for key, one in standing.items()}
    for it in standing.values():
        it.server.asked.clear()
    return asked


class TestCredentials:
    def test_those_that_were_given_are_not_for_mirrors(self, engine, start, configured):
        registry, mirror = start(locked=True), start(empty=True)
        path = configured(with_mirror(registry, location(mirror)))

        remote.head(
            f"{registry.host}/team/app:1",
            hosts=path,
            engine=engine,
            auth=authn.Basic("ann", "secret"),
            headers={"X-Mine": "header"},
        )

        assert mirror.asked == ["/v2/team/app/manifests/1"]
        assert mirror.shown == set()
        assert registry.shown == {BASIC, "header"}

    @pytest.mark.parametrize("keychain", ["DEFAULT_KEYCHAIN", "NAMESPACE_KEYCHAIN"])
    def test_a_mirror_gets_its_own_only(self, engine, start, configured, keychain):
        registry, mine, other = (
            start(locked=True),
            start(locked=True, empty=True),
            start(locked=True),
        )
        auth = {"auth": base64.b64encode(b"ann:secret").decode()}
        his = {"auth": base64.b64encode(b"bob:other").decode()}
        configured(
            json.dumps({"auths": {registry.host: auth, mine.host: his}}), "docker/config.json"
        )
        path = configured(with_mirror(registry, location(other), location(mine)))

        remote.head(
            f"{registry.host}/team/app:1",
            hosts=path,
            engine=engine,
            keychain=getattr(authn, keychain),
        )

        assert other.shown == set()
        assert mine.shown == {"Basic " + his["auth"]}
        assert registry.shown == {BASIC}

    def test_another_location_is_another_host(self, engine, start, configured):
        registry, moved = start(), start(locked=True)
        path = configured(
            f'[[registry]]\nprefix = "{registry.host}/team"\nlocation = "{moved.host}/elsewhere"'
        )

        with pytest.raises(errors.TransportError):
            remote.head(
                f"{registry.host}/team/app:1",
                hosts=path,
                engine=engine,
                auth=authn.Basic("ann", "secret"),
            )

        assert moved.shown == set()
        assert registry.server.asked == []


def test_a_location_replaces_a_prefix(engine, start, configured):
    registry, moved = start(), start()
    path = configured(
        f'[[registry]]\nprefix = "registry.example.com/team"\nlocation = "{moved.host}/a/b"\n'
        f'[[registry]]\nprefix = "*.example.com"\nlocation = "{registry.host}"'
    )

    for name in ("registry.example.com/team/app:1", "registry.example.com/teams/app:1"):
        remote.head(name, hosts=path, engine=engine)

    assert moved.asked == ["/v2/a/b/app/manifests/1"]
    assert registry.asked == ["/v2/teams/app/manifests/1"]


def test_nothing_is_written_to_a_mirror(engine, start, configured):
    registry, mirror = start(), start()
    path = configured(with_mirror(registry, location(mirror)))

    with pytest.raises(errors.TransportError):
        remote.delete(f"{registry.host}/team/app:1", hosts=path, engine=engine)

    assert mirror.server.asked == []
    assert registry.server.asked != []


def test_blocked_names_are_refused(engine, start, configured):
    registry = start()
    path = configured(f'[[registry]]\nlocation = "{registry.host}/bad"\nblocked = true')

    with pytest.raises(errors.UnsupportedOptionError, match=f"bad/app is blocked by {path}"):
        remote.head(f"{registry.host}/bad/app:1", hosts=path, engine=engine)
    remote.head(f"{registry.host}/badly/app:1", hosts=path, engine=engine)
    assert registry.asked == ["/v2/badly/app/manifests/1"]


def test_dockers_mirrors_are_of_docker_hub(engine, start, configured):
    mirror = start()
    path = configured(json.dumps({"registry-mirrors": [f"http://{mirror.host}/"]}), "daemon.json")

    assert crane.digest("alpine", hosts=path, engine=engine) == DIGEST
    assert mirror.asked == ["/v2/library/alpine/manifests/latest"]


class TestCertificates:
    @pytest.fixture
    def secure(self, start, tls_certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls_certificate.certificate, tls_certificate.key)
        return start(tls=context)

    def test_authorities_of_certs_d_are_trusted(self, engine, secure, tls_certificate, tmp_path):
        folder = tmp_path / "certs.d" / secure.host
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_bytes(Path(tls_certificate.certificate).read_bytes())
        (folder / "other.crt").write_bytes(Path(tls_certificate.certificate).read_bytes())
        name = f"{secure.host}/team/app:1"

        found = remote.head(name, hosts=str(tmp_path / "certs.d"), engine=engine)

        assert str(found.digest) == DIGEST

    def test_the_client_certificate_of_certs_d_is_shown(
        self, engine, start, tls_certificate, tmp_path
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls_certificate.certificate, tls_certificate.key)
        context.load_verify_locations(tls_certificate.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        demanding = start(tls=context)
        folder = tmp_path / "certs.d" / demanding.host
        folder.mkdir(parents=True)
        certificate = Path(tls_certificate.certificate).read_bytes()
        (folder / "ca.crt").write_bytes(certificate)
        name = f"{demanding.host}/team/app:1"
        options = {"hosts": str(tmp_path / "certs.d"), "engine": engine}

        with pytest.raises(errors.TransportError):
            remote.head(name, **options, retry=remote.Retry(steps=1))
        (folder / "client.cert").write_bytes(certificate)
        (folder / "client.key").write_bytes(Path(tls_certificate.key).read_bytes())

        assert str(remote.head(name, **options).digest) == DIGEST

    def test_a_host_may_be_insecure(self, engine, secure, configured):
        path = configured(json.dumps({"insecure-registries": ["127.0.0.0/8"]}), "daemon.json")

        found = remote.head(f"{secure.host}/team/app:1", hosts=path, engine=engine)

        assert str(found.digest) == DIGEST

    @pytest.mark.parametrize("files", [("a.cert",), ("a.cert", "a.key", "b.cert", "b.key")])
    def test_client_certificates_that_cannot_be_used(self, engine, tmp_path, files):
        folder = tmp_path / "registry.example.com"
        folder.mkdir()
        for it in files:
            (folder / it).write_text("")

        with pytest.raises(errors.UnsupportedOptionError, match="key|several"):
            remote.head("registry.example.com/app", hosts=str(tmp_path), engine=engine)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[[registry", "a.conf", "a.conf: "),
        ("registry = 1", "a.conf", "registry is no list of tables"),
        ("[[registry]]\nlocation = 1", "a.conf", "location is no text"),
        ('[[registry]]\ninsecure = "yes"\nlocation = "a"', "a.conf", "insecure is neither"),
        ("[[registry]]", "a.conf", "a registry has no location"),
        ('[[registry]]\nlocation="a"\n[[registry.mirror]]', "a.conf", "a mirror has no location"),
        (
            '[[registry]]\nlocation="a"\n[[registry.mirror]]\nlocation="b"\npull-from-mirror="x"',
            "a.conf",
            "pull-from-mirror takes all, digest-only, tag-only",
        ),
        ("[registries.search]\nregistries=[]", "a.conf", "is of version 1"),
        ("{", "a.json", "a.json: "),
        ("[]", "a.json", "the document is no table"),
        ('{"registry-mirrors": ["mirror"]}', "a.json", "registry-mirrors takes URLs"),
        ('{"registry-mirrors": ["https://a:b@mirror"]}', "a.json", "registry-mirrors takes URLs"),
        ('{"insecure-registries": ["10.0.0.0/99"]}', "a.json", "a.json: "),
        ("[" * 100_000, "a.json", "a.json: "),
    ],
)
def test_damaged_files_are_named(configured, text, name, said):
    with pytest.raises(errors.Error) as caught:
        hosts.load(configured(text, name))
    assert said in str(caught.value)


def test_without_a_reader_of_toml_it_says_what_to_install(configured, monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(hosts.importlib, "import_module", missing)

    with pytest.raises(errors.UnsupportedOptionError, match=r"pip install 'pyggcr\[hosts\]'"):
        hosts.load(configured(""))


def test_a_file_that_is_not_there(engine, tmp_path):
    with pytest.raises(errors.MissingPathError, match="nothing.conf: no such file"):
        remote.head("registry.example.com/app", hosts=str(tmp_path / "nothing.conf"), engine=engine)


def test_the_users_files_count_before_the_systems(configured, tmp_path):
    configured('[[registry]]\nlocation = "a.example.com"', "config/containers/registries.conf")
    configured(
        '[[registry]]\nlocation = "a.example.com"\nblocked = true',
        "config/containers/registries.conf.d/50-a.conf",
    )
    configured('{"registry-mirrors": ["https://m.example.com"]}', "config/docker/daemon.json")

    found = hosts.system()

    assert found.rule_for("a.example.com/app").blocked
    (mirror,) = found.rule_for("index.docker.io/library/app").mirrors
    assert mirror == hosts.Mirror("m.example.com")
    assert str(tmp_path / "config/containers/certs.d") == found.certificates[0]


def test_what_cannot_use_the_settings_refuses_them(engine, configured):
    path = configured("")
    for call in (
        lambda: crane.token("registry.example.com/app", hosts=path, engine=engine),
        lambda: transport.ping("registry.example.com", hosts=path, engine=engine),
    ):
        with pytest.raises(errors.UnsupportedOptionError, match="does not take the option hosts"):
            call()


class TestCommandLine:
    @pytest.mark.parametrize("how", ["option", "variable"])
    def test_it_is_asked_for(self, engine, start, configured, monkeypatch, how):
        registry, mirror = start(), start()
        path = configured(with_mirror(registry, location(mirror)))
        words = ["digest", f"{registry.host}/team/app:1", "--engine", engine]
        if how == "option":
            words += ["--hosts", path]
        else:
            monkeypatch.setenv("PYGGCR_HOSTS", path)

        result = CliRunner().invoke(program, words)

        assert result.output == f"{DIGEST}\n"
        assert mirror.asked == ["/v2/team/app/manifests/1"]
        assert registry.server.asked == []

    def test_the_drop_in_never_reads_it(self, engine, start, configured, monkeypatch):
        from pyggcr.cli.crane import program as drop_in

        registry, mirror = start(), start()
        monkeypatch.setenv("PYGGCR_HOSTS", configured(with_mirror(registry, location(mirror))))
        monkeypatch.setenv("PYGGCR_ENGINE", engine)

        assert drop_in.run(["digest", f"{registry.host}/team/app:1"]) == 0

        assert mirror.server.asked == []
        assert registry.asked == ["/v2/team/app/manifests/1"]

    def test_namespaces_count_then(self, engine, start, configured):
        registry = start(locked=True)
        logins = {
            f"{registry.host}/team": {"auth": base64.b64encode(b"ann:secret").decode()},
            f"{registry.host}/other": {"auth": base64.b64encode(b"bob:other").decode()},
        }
        configured(json.dumps({"auths": logins}), "docker/config.json")
        words = ["digest", f"{registry.host}/team/app:1", "--engine", engine]

        result = CliRunner().invoke(program, [*words, "--hosts", configured("")])

        assert result.exit_code == 0, result.output
        assert registry.shown == {BASIC}
