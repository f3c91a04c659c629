"""``doctor --check-base``: has the base of an image moved on?"""

from __future__ import annotations

import json

import pytest
from support.command_runner import CliRunner
from support.faulty_proxy import Fault, answer, stall

from pyggcr import build, crane, empty, limits, mutate, random, registry, remote, tarball, v1
from pyggcr.cli import app
from pyggcr.doctor import Checkup
from pyggcr.doctor.base_check import check_base
from pyggcr.errors import CancelledError

NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"


@pytest.fixture
def host():
    with registry.serve(engine="python") as server:
        yield server.host


def base(seed: int, *architectures: str):
    """A base: an image, or an index of images for these platforms."""
    if not architectures:
        return random.image(10, 2, source=seed)
    index = empty.index()
    for number, architecture in enumerate(architectures):
        image = random.image(10, 2, source=seed + number)
        config = image.config_file()
        config.os, config.architecture = "linux", architecture
        image = mutate.config_file(image, config)
        platform = v1.Platform(os="linux", architecture=architecture)
        index = mutate.append_manifests(index, mutate.IndexAddendum(image, platform=platform))
    return index


def on(image, **annotations: str):
    """An image on a base, with annotations."""
    (layer,) = random.image(10, 1, source=99).layers()
    made = mutate.append_layers(image, layer)
    return mutate.annotations(made, annotations) if annotations else made


def write(path, image) -> str:
    build.write(image, f"oci:{path}:app:1")
    return str(path)


def codes(target, **options) -> list[str]:
    return [it.code for it in check_base(Checkup(str(target)), **options).findings]


def test_a_base_that_has_moved_on_is_told_by_its_digest(host, engine, tmp_path):
    old = base(1)
    remote.write(f"{host}/base:1", old)
    told = {NAME: f"{host}/base:1", DIGEST: str(old.digest())}
    path = write(tmp_path / "app", on(old, **told))
    assert codes(path, engine=engine) == []
    new = base(2)
    remote.write(f"{host}/base:1", new)
    (found,) = check_base(Checkup(path), engine=engine).findings
    assert (found.code, found.severity, found.place.image) == ("PYG040", "warning", "app:1")
    assert dict(found.details) == {
        "base": f"{host}/base:1",
        "built_on": str(old.digest()),
        "now": str(new.digest()),
    }


def test_the_digest_may_be_that_of_the_index_or_of_its_image(host, engine, tmp_path):
    index = base(1, "amd64", "arm64")
    remote.write_index(f"{host}/base:1", index)
    entry = index.index_manifest().manifests[1]
    image = index.image(entry.digest)
    for number, digest in enumerate((index.digest(), entry.digest)):
        made = on(image, **{NAME: f"{host}/base:1", DIGEST: str(digest)})
        assert codes(write(tmp_path / str(number), made), engine=engine) == []
    remote.write_index(f"{host}/base:1", base(7, "amd64", "arm64"))
    assert codes(tmp_path / "0", engine=engine) == ["PYG040"]
    assert codes(tmp_path / "1", engine=engine) == ["PYG040"]


def test_layers_are_compared_where_no_digest_is_named(host, engine, tmp_path):
    index = base(1, "amd64", "arm64")
    remote.write_index(f"{host}/base:1", index)
    image = index.image(index.index_manifest().manifests[1].digest)
    by_name = write(tmp_path / "by-name", on(image, **{NAME: f"{host}/base:1"}))
    plain = write(tmp_path / "plain", on(image))
    assert codes(by_name, engine=engine) == []
    assert codes(plain, base=f"{host}/base:1", engine=engine) == []
    assert codes(plain, engine=engine) == ["PYG041"]
    remote.write_index(f"{host}/base:1", base(7, "amd64", "arm64"))
    assert codes(by_name, engine=engine) == ["PYG040"]
    (found,) = check_base(Checkup(plain), base=f"{host}/base:1", engine=engine).findings
    assert dict(found.details) == {"base": f"{host}/base:1", "layers": "2", "same": "0"}


def test_every_form_of_image(host, tmp_path):
    old = base(1)
    remote.write(f"{host}/base:1", base(2))
    image = on(old, **{NAME: f"{host}/base:1", DIGEST: str(old.digest())})
    config = image.config_file()
    config.config.labels = {NAME: f"{host}/base:1", DIGEST: str(old.digest())}
    labelled = mutate.config_file(image, config)
    remote.write(f"{host}/app:1", image)
    # An archive of docker save has no manifest, and so no annotations: labels say the same.
    tarball.write_to_file(tmp_path / "saved.tar", "app:1", labelled)
    for place in (f"oci:{tmp_path}/o:a", f"oci-archive:{tmp_path}/o.tar", f"dir:{tmp_path}/dir"):
        build.write(image, place)
    places = [f"docker://{host}/app:1", f"{tmp_path}/o", f"{tmp_path}/o.tar", f"dir:{tmp_path}/dir"]
    for place in (*places, f"{tmp_path}/saved.tar"):
        assert codes(place) == ["PYG040"], place


@pytest.mark.parametrize(
    ("deed", "text"), [(answer(500), "500"), (answer(404), "404"), (answer(200, b"{"), "")]
)
def test_a_registry_that_is_away_is_a_finding(host, engine, tmp_path, faulty, deed, text):
    proxy = faulty(host, Fault("GET", "/manifests/", deed, None))
    told = {NAME: f"{proxy.host}/base:1", DIGEST: f"sha256:{'a' * 64}"}
    path = write(tmp_path / "app", on(base(1), **told))
    retry = remote.Retry(duration=0.01, steps=1)
    (found,) = check_base(Checkup(path), engine=engine, retry=retry).findings
    assert (found.code, found.severity) == ("PYG041", "info")
    assert text in found.message


@pytest.mark.parametrize("name", ["UPPER", "a b", "http://x", "../../etc/passwd", ""])
def test_a_name_that_is_none_is_a_finding(tmp_path, engine, name):
    path = write(tmp_path / "app", on(base(1), **{NAME: name, DIGEST: "x"}))
    assert codes(path, engine=engine) == ["PYG041"]


def test_limits_end_the_question(host, tmp_path, faulty):
    proxy = faulty(host, Fault("GET", "/manifests/", stall(), None))
    told = {NAME: f"{proxy.host}/base:1", DIGEST: "x"}
    path = write(tmp_path / "app", on(base(1), **told))
    with limits.limit(timeout=0.5), pytest.raises(CancelledError):
        check_base(Checkup(path))


def test_a_base_is_asked_for_once(host, tmp_path, faulty):
    remote.write(f"{host}/base:1", base(1))
    proxy = faulty(host)
    told = {NAME: f"{proxy.host}/base:1", DIGEST: str(base(1).digest())}
    for number in range(3):
        image = mutate.append_layers(on(base(1)), *random.image(9, 1, source=number).layers())
        build.write(mutate.annotations(image, told), f"oci:{tmp_path}/app:app:{number}")
    assert codes(tmp_path / "app") == []
    assert len([it for it in proxy.requests if "/manifests/" in it.path]) == 1


def doctor(*arguments: object):
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)])


def test_the_command_says_so_and_the_registry_away_fails_nothing(host, tmp_path):
    old = base(1)
    remote.write(f"{host}/base:1", base(2))
    image = on(old, **{NAME: f"{host}/base:1", DIGEST: str(old.digest())})
    path = write(tmp_path / "app", image)
    remote.write(f"{host}/app:1", image)
    assert doctor(path).exit_code == 0
    for target in (path, f"docker://{host}/app:1"):
        result = doctor(target, "--check-base")
        assert result.exit_code == 1, result.output
        assert "PYG040 base-moved" in result.stdout
    assert doctor(path, "--check-base", "--for", "go-containerregistry=0.22").exit_code == 1
    assert doctor(path, "--check-base", "--fail-on", "error").exit_code == 0
    assert doctor(path, "--base", f"{host}/base:1").exit_code == 1
    away = doctor(path, "--base", "127.0.0.1:1/base:1", "--json")
    assert away.exit_code == 0
    found = json.loads(away.stdout)["archives"][0]["findings"]
    assert [it["code"] for it in found] == ["PYG041"]
    assert doctor("--engine-check", "--check-base").exit_code == 2
    assert crane.digest(f"{host}/app:1")
