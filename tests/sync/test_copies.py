"""What a run copies, between real and in-process registries, layouts and archives."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from support.faulty_proxy import Fault, answer

import pyggcr
from pyggcr import artifact, crane, empty, layout, mutate, random, registry, remote, v1
from pyggcr.artifact import File


@pytest.fixture
def each(host, repository) -> str:
    """A repository of each registry in turn."""
    return f"{host}/{repository}"


@pytest.fixture
def here(real_registry, repository) -> str:
    """A repository of a real registry."""
    return f"{real_registry.host}/{repository}"


@pytest.fixture
def there():
    """The address of another registry."""
    with registry.serve(engine="python", referrers=True) as server:
        yield server.host


def push(reference: str, seed: int = 1) -> str:
    image = random.image(100, 1, source=seed)
    remote.write(reference, image)
    return str(image.digest())


def created_in(year: int, reference: str) -> None:
    remote.write(
        reference,
        mutate.created_at(
            random.image(100, 1, source=year), datetime(year, 1, 1, tzinfo=timezone.utc)
        ),
    )


def push_index(reference: str, *architectures: str) -> list[v1.Descriptor]:
    index = empty.index()
    for number, architecture in enumerate(architectures):
        platform = v1.Platform(os="linux", architecture=architecture)
        image = random.image(100, 1, source=number + 1)
        index = mutate.append_manifests(index, mutate.IndexAddendum(image, platform=platform))
    remote.write_index(reference, index)
    return index.index_manifest().manifests


def attach(reference: str, word: str) -> str:
    made = [File("statement.json", "application/vnd.in-toto+json", content=word.encode())]
    return str(artifact.attach(reference, made, artifact_type=f"text/x-{word}"))


def test_what_is_missing_is_copied_and_what_is_there_is_not(each, there, file_of, copied, faulty):
    digests = {tag: push(f"{each}:{tag}", seed) for seed, tag in enumerate(["1.0", "1.1", "edge"])}
    proxy = faulty(there)
    config = file_of(
        f"""
        - repository: {each}
          tags: ["1.*"]
          to: {proxy.host}/mirror
        """
    )
    wanted = [f"{proxy.host}/mirror:1.0", f"{proxy.host}/mirror:1.1"]
    assert copied(config, dry_run=True) == [("missing", it, 0) for it in wanted]
    assert {it.method for it in proxy.requests} == {"GET", "HEAD"}
    assert copied(config) == [("copied", it, 0) for it in wanted]
    assert {
        it: crane.digest(f"{there}/mirror:{it}") for it in crane.list_tags(f"{there}/mirror")
    } == {
        "1.0": digests["1.0"],
        "1.1": digests["1.1"],
    }
    proxy.requests.clear()
    assert copied(config) == [("present", it, 0) for it in wanted]
    assert [it for it in proxy.requests if it.path != "/v2/" and it.method != "HEAD"] == []


def test_a_dry_run_asks_for_no_blob_and_no_manifest(
    real_registry, repository, file_of, copied, faulty
):
    host = real_registry.host
    source = faulty(host)
    push(f"{host}/{repository}:1")
    config = file_of(f"- {{repository: '{source.host}/{repository}', to: {host}/new/}}")
    ((action, _, _),) = copied(config, dry_run=True)
    assert action == "missing"
    assert [
        it.path for it in source.requests if "/blobs/" in it.path or "/manifests/" in it.path
    ] == [f"/v2/{repository}/manifests/1"]
    assert source.paths("HEAD") == [f"/v2/{repository}/manifests/1"]


def test_a_tag_that_has_moved_is_moved_unless_it_may_not(here, there, file_of, copied):
    first = push(f"{here}:1")
    entry = f"{{image: '{here}:1', to: '{there}/app:stable'}}"
    assert copied(file_of(f"- {entry}")) == [("copied", f"{there}/app:stable", 0)]
    second = push(f"{here}:1", 2)
    keep = file_of(f"- {entry}", "defaults: {overwrite: false}")
    assert copied(keep) == [("kept", f"{there}/app:stable", 0)]
    assert crane.digest(f"{there}/app:stable") == first
    assert copied(file_of(f"- {entry}")) == [("copied", f"{there}/app:stable", 0)]
    assert crane.digest(f"{there}/app:stable") == second


def test_a_pinned_digest_is_copied_whatever_the_tag_has_become(here, there, file_of, copied):
    pinned = push(f"{here}:1")
    push(f"{here}:1", 2)
    config = file_of(
        f"""
        - image: {here}:1@{pinned}
          to: {there}/tagged
        - image: {here}@{pinned}
          to: {there}/untagged
        """
    )
    assert copied(config) == [
        ("copied", f"{there}/tagged:1", 0),
        ("copied", f"{there}/untagged@{pinned}", 0),
    ]
    assert crane.digest(f"{there}/tagged:1") == pinned
    assert crane.digest(f"{there}/untagged@{pinned}") == pinned


def test_the_newest_by_creation(here, there, file_of, copied, tmp_path, faulty):
    for year, tag in ((2021, "a"), (2023, "b"), (2022, "c")):
        created_in(year, f"{here}:{tag}")
    host, _, path = here.partition("/")
    source = faulty(host)
    config = file_of(
        f"""
        - repository: {source.host}/{path}
          tags: {{newest: 2, by: created}}
          to: {there}/app
        """
    )
    state = tmp_path / "state"
    assert [it[:2] for it in copied(config, state=state)] == [
        ("copied", f"{there}/app:b"),
        ("copied", f"{there}/app:c"),
    ]
    source.requests.clear()
    assert [it[0] for it in copied(config, state=state)] == ["present", "present"]
    # When an image was created follows from its digest.
    assert [it for it in source.paths("GET") if "/blobs/" in it or "/manifests/" in it] == []


def test_a_registry_is_copied_and_not_into_itself_again(there, file_of, copied, engine):
    with registry.serve(engine=engine) as server:
        for path in ("team/app", "team/old", "other/app"):
            push(f"{server.host}/{path}:1")
        config = file_of(
            f"""
            - registry: {server.host}
              repositories: {{include: ["team/*"], exclude: ["*/old"]}}
              to: [{there}, {server.host}/mirror]
            - registry: {server.host}
              to: {server.host}/mirror
            """
        )
        mirror = f"{server.host}/mirror"
        expected = [f"{mirror}/{it}:1" for it in ("other/app", "team/app", "team/old")]
        for action in ("copied", "present"):
            found = copied(config)
            assert sorted({it[1] for it in found}) == sorted([*expected, f"{there}/team/app:1"])
            assert {it[0] for it in found} <= {action, "present"}


def test_referrers_and_signatures_travel_and_only_those_that_are_missing(
    each, there, file_of, copied
):
    parts = push_index(f"{each}:1", "amd64", "arm64")
    attach(f"{each}:1", "index")
    attach(attach(f"{each}@{parts[1].digest}", "image"), "of-referrer")
    push(f"{each}:{crane.digest(f'{each}:1').replace(':', '-')}.sig", 9)
    config = file_of(
        f"- {{image: '{each}:1', to: {there}/app}}",
        "defaults: {referrers: true, digest-tags: true}",
    )
    to = f"{there}/app:1"
    assert copied(config, dry_run=True) == [("missing", to, 4)]
    assert copied(config) == [("copied", to, 4)]
    types = [it.descriptor.artifact_type for it in artifact.attached(to, recursive=True)]
    assert sorted(types) == ["text/x-image", "text/x-index", "text/x-of-referrer"]
    assert copied(config) == [("present", to, 0)]

    attach(f"{each}:1", "later")
    assert copied(config, dry_run=True) == [("missing", to, 1)]
    assert copied(config) == [("copied", to, 1)]
    assert copied(config, dry_run=True) == [("present", to, 0)]


def test_platforms_make_an_index_of_its_own_and_platform_one_image(here, there, file_of, copied):
    parts = push_index(f"{here}:1", "amd64", "arm64", "s390x")
    config = file_of(
        f"""
        - image: {here}:1
          platforms: [linux/arm64, linux/amd64]
          to: {there}/two
        - image: {here}:1
          platform: linux/arm64
          to: {there}/one
        - image: {here}:1
          platforms: [linux/amd64, linux/arm64, linux/s390x]
          to: {there}/all
        - image: {here}:1
          platforms: [windows/amd64]
          to: {there}/none
        """
    )
    assert [it[0] for it in copied(config)] == ["copied", "failed", "copied", "copied"]
    two = json.loads(crane.manifest(f"{there}/two:1"))
    assert [it["digest"] for it in two["manifests"]] == [str(it.digest) for it in parts[:2]]
    assert crane.digest(f"{there}/one:1") == str(parts[1].digest)
    assert crane.digest(f"{there}/all:1") == crane.digest(f"{here}:1")
    assert crane.digest(f"{there}/two:1") != crane.digest(f"{here}:1")
    assert [it[0] for it in copied(config)] == ["present", "failed", "present", "present"]


def test_attestations_of_an_image_stay_beside_it(there, file_of, copied):
    images = [random.image(10, 1, source=it) for it in (1, 2, 3, 4)]
    index = empty.index()
    for architecture, image, attestation in zip(
        ("amd64", "arm64"), images[:2], images[2:], strict=False
    ):
        platform = v1.Platform(os="linux", architecture=architecture)
        about = {"vnd.docker.reference.digest": str(image.digest())}
        unknown = v1.Platform(os="unknown", architecture="unknown")
        index = mutate.append_manifests(
            index,
            mutate.IndexAddendum(image, platform=platform),
            mutate.IndexAddendum(attestation, platform=unknown, annotations=about),
        )
    remote.write_index(f"{there}/from:1", index)
    config = file_of(f"- {{image: '{there}/from:1', platforms: linux/arm64, to: {there}/to}}")
    assert [it[0] for it in copied(config)] == ["copied"]
    kept = json.loads(crane.manifest(f"{there}/to:1"))["manifests"]
    assert [it["digest"] for it in kept] == [str(images[1].digest()), str(images[3].digest())]


def test_blobs_are_mounted_inside_a_registry(real_registry, repository, file_of, copied, faulty):
    push(f"{real_registry.host}/{repository}/a:1")
    proxy = faulty(real_registry.host)
    config = file_of(
        f"- {{image: '{proxy.host}/{repository}/a:1', to: {proxy.host}/{repository}/b}}"
    )
    assert [it[0] for it in copied(config)] == ["copied"]
    assert proxy.received("PATCH") == 0
    assert len([it for it in proxy.paths("POST") if "mount=" in it]) >= 1
    assert proxy.paths("PATCH") == []


def test_layouts_and_archives(each, file_of, copied, tmp_path):
    push(f"{each}:1")
    push_index(f"{each}:2", "amd64", "arm64")
    folder, archives = tmp_path / "layout", tmp_path / "archives"
    config = file_of(
        f"""
        - repository: {each}
          to: ["oci:{folder}", "oci-archive:{archives}"]
        """
    )
    assert [it[0] for it in copied(config, dry_run=True)] == ["missing"] * 4
    assert [*tmp_path.iterdir()] == []
    assert [it[0] for it in copied(config)] == ["copied"] * 4
    path = each.partition("/")[2]
    entries = layout.from_path(folder).image_index().index_manifest().manifests
    names = {it.annotations["org.opencontainers.image.ref.name"]: str(it.digest) for it in entries}
    assert names == {f"{each}:{tag}": crane.digest(f"{each}:{tag}") for tag in "12"}
    with pyggcr.open(archives / path / "2.tar") as store:
        assert str(store.content().digest()) == crane.digest(f"{each}:2")
    assert [it[0] for it in copied(config)] == ["present"] * 4

    push(f"{each}:1", 2)
    assert [it[0] for it in copied(config)].count("copied") == 2
    entries = layout.from_path(folder).image_index().index_manifest().manifests
    assert len(entries) == 2
    with pyggcr.open(archives / path / "1.tar") as store:
        assert str(store.content().digest()) == crane.digest(f"{each}:1")


def test_two_sources_for_one_target_are_an_error(here, there, file_of, copied):
    push(f"{here}/a:1")
    push(f"{here}/b:1", 2)
    config = file_of(
        f"""
        - {{image: '{here}/a:1', to: {there}/app}}
        - {{image: '{here}/a:1', to: {there}/app}}
        - {{image: '{here}/b:1', to: {there}/app}}
        """
    )
    assert sorted(it[0] for it in copied(config)) == ["copied", "failed"]
    assert crane.digest(f"{there}/app:1") == crane.digest(f"{here}/a:1")


@pytest.mark.parametrize("path", ["../../etc", "a/../b", "a//b", "./a", "..", "A", "a b", ""])
def test_a_name_that_a_registry_makes_up_leads_nowhere(path, file_of, copied, tmp_path, faulty):
    body = json.dumps({"repositories": [path]}).encode()
    with registry.serve(engine="python") as server:
        proxy = faulty(server.host, Fault("GET", "_catalog", answer(200, body), None))
        config = file_of(f"- {{registry: '{proxy.host}', to: ['oci-archive:{tmp_path}/archives']}}")
        assert [it[0] for it in copied(config)] == ["failed"]
        assert [*tmp_path.iterdir()] == []
        assert [it for it in proxy.requests if "manifests" in it.path or "tags" in it.path] == []
