"""``crane.copy`` with what is attached: signatures and attestations travel with an image."""

from __future__ import annotations

import json

import pytest

from pyggcr import artifact, crane, empty, limits, mutate, name, random, registry, remote, v1
from pyggcr.artifact import File
from pyggcr.crane import attached
from pyggcr.errors import Error

SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json"


@pytest.fixture
def path(host, repository):
    return f"{host}/{repository}"


def sign(image_reference):
    """A signature as ``cosign sign`` stores it: an image under a tag made of the digest."""
    digest = crane.digest(image_reference)
    payload = json.dumps({"critical": {"image": {"docker-manifest-digest": digest}}}).encode()
    config = File("config", "application/vnd.oci.image.config.v1+json", content=b"{}")
    with artifact.image(
        [
            File(
                "signature",
                SIGNATURE,
                content=payload,
                annotations={"dev.cosignproject.cosign/signature": "MEUC"},
            )
        ],
        config=config,
    ) as signature:
        repository = name.parse_reference(image_reference).context().name()
        tag = f"{repository}:{digest.replace(':', '-')}.sig"
        remote.write(tag, signature)
    return tag


def attach(reference, word, **options):
    made = [File("statement.json", "application/vnd.in-toto+json", content=word.encode())]
    return str(artifact.attach(reference, made, artifact_type=f"text/x-{word}", **options))


def types(reference, **options):
    found = artifact.attached(reference, recursive=True, **options)
    return sorted(it.descriptor.artifact_type for it in found)


def index_of(reference):
    """An index of two platforms."""
    index = empty.index()
    for architecture, source in (("amd64", 1), ("arm64", 2)):
        image = random.image(100, 1, source=source)
        platform = v1.Platform(os="linux", architecture=architecture)
        index = mutate.append_manifests(index, mutate.IndexAddendum(image, platform=platform))
    remote.write_index(reference, index)
    return index.index_manifest().manifests


def test_without_the_options_nothing_but_the_image_is_copied(path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    attach(f"{path}:1", "a")
    sign(f"{path}:1")
    crane.copy(f"{path}:1", f"{path}/copy:1", engine=engine)
    assert types(f"{path}/copy:1") == []
    assert crane.list_tags(f"{path}/copy") == ["1"]


def test_referrers_of_all_parts_travel_with_an_index(path, engine):
    parts = index_of(f"{path}:1")
    to_image = attach(f"{path}@{parts[1].digest}", "image")
    attach(to_image, "of-referrer")
    attach(f"{path}:1", "index")
    crane.copy(f"{path}:1", f"{path}/copy:1", referrers=True, engine=engine)
    assert types(f"{path}/copy:1") == ["text/x-image", "text/x-index", "text/x-of-referrer"]
    assert crane.digest(f"{path}/copy:1") == crane.digest(f"{path}:1")
    (found,) = artifact.attached(f"{path}/copy@{parts[1].digest}")
    pulled = remote.layer(
        f"{path}/copy@{artifact.files(f'{path}/copy@{found.descriptor.digest}')[0].descriptor.digest}"
    )
    with pulled, pulled.compressed() as stream:
        assert stream.readall() == b"image"


def test_signatures_of_cosign_travel_with_all_parts(path, engine):
    parts = index_of(f"{path}:1")
    for reference in (f"{path}:1", f"{path}@{parts[0].digest}"):
        sign(reference)
    crane.copy(f"{path}:1", f"{path}/copy:1", digest_tags=True, engine=engine)
    copied = [tag for tag in crane.list_tags(f"{path}/copy") if tag.endswith(".sig")]
    assert copied == [tag for tag in crane.list_tags(path) if tag.endswith(".sig")]
    assert len(copied) == 2
    for tag in copied:
        assert crane.manifest(f"{path}/copy:{tag}") == crane.manifest(f"{path}:{tag}")
        layer = json.loads(crane.manifest(f"{path}/copy:{tag}"))["layers"][0]
        assert layer["annotations"]["dev.cosignproject.cosign/signature"] == "MEUC"


def test_with_a_platform_only_what_is_about_that_image(path, engine):
    parts = index_of(f"{path}:1")
    attach(f"{path}@{parts[0].digest}", "amd64")
    attach(f"{path}@{parts[1].digest}", "arm64")
    attach(f"{path}:1", "index")
    crane.copy(f"{path}:1", f"{path}/copy:1", referrers=True, platform="linux/arm64", engine=engine)
    assert types(f"{path}/copy:1") == ["text/x-arm64"]


def test_signatures_that_are_there_stay_with_no_clobber(path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    tag = sign(f"{path}:1").rpartition(":")[2]
    crane.push(random.image(100, 1, source=2), f"{path}/copy:{tag}")
    before = crane.digest(f"{path}/copy:{tag}")
    crane.copy(f"{path}:1", f"{path}/copy:1", digest_tags=True, no_clobber=True, engine=engine)
    assert crane.digest(f"{path}/copy:{tag}") == before
    crane.copy(f"{path}:1", f"{path}/copy:2", digest_tags=True, engine=engine)
    assert crane.digest(f"{path}/copy:{tag}") == crane.digest(f"{path}:{tag}")


def test_referrers_of_the_target_stay(path, engine):
    """Its list is added to, also where it is a tag."""
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    crane.push(random.image(100, 1, source=1), f"{path}/copy:old")
    attach(f"{path}:1", "new")
    attach(f"{path}/copy:old", "old")
    crane.copy(f"{path}:1", f"{path}/copy:1", referrers=True, digest_tags=True, engine=engine)
    assert types(f"{path}/copy:1") == ["text/x-new", "text/x-old"]


def test_a_repository_is_copied_with_its_referrers(path, engine):
    crane.push(random.image(100, 1, source=1), f"{path}:1")
    attach(f"{path}:1", "a")
    sign(f"{path}:1")
    crane.copy_repository(path, f"{path}/copy", referrers=True, engine=engine)
    assert types(f"{path}/copy:1") == ["text/x-a"]


def test_what_is_attached_is_there_before_the_tag_is(faulty, host, repository, engine):
    crane.push(random.image(100, 1, source=1), f"{host}/{repository}:1")
    attach(f"{host}/{repository}:1", "a")
    proxy = faulty(host)
    crane.copy(
        f"{host}/{repository}:1",
        f"{proxy.host}/{repository}/copy:tag",
        referrers=True,
        engine=engine,
    )
    written = [it for it in proxy.paths("PUT") if "/manifests/" in it]
    assert written[-1].endswith("/manifests/tag")
    assert len(written) >= 3


def test_between_registries_with_and_without_a_list_of_referrers(real_registry, repository, engine):
    """docker-registry keeps the list under a tag, the conforming server keeps one itself."""
    without = f"{real_registry.host}/{repository}"
    crane.push(random.image(100, 1, source=1), f"{without}:1")
    attach(attach(f"{without}:1", "a"), "of-a")
    fallback = crane.digest(f"{without}:1").replace(":", "-")
    assert fallback in crane.list_tags(without)
    with registry.serve(conforming=True) as server:
        crane.copy(f"{without}:1", f"{server.host}/app:1", referrers=True, engine=engine)
        assert types(f"{server.host}/app:1") == ["text/x-a", "text/x-of-a"]
        assert crane.list_tags(f"{server.host}/app") == ["1"]
        crane.copy(f"{server.host}/app:1", f"{without}/back:1", referrers=True, engine=engine)
    assert types(f"{without}/back:1") == ["text/x-a", "text/x-of-a"]
    assert fallback in crane.list_tags(f"{without}/back")


class Listing:
    """A registry's answers: what refers to a digest, made up."""

    def __init__(self, referrers):
        self.referrers_of = referrers
        self.asked = []

    def referrers(self, reference):
        self.asked.append(reference.digest_str())
        listed = self.referrers_of(reference.digest_str())
        index = v1.IndexManifest(schema_version=2, manifests=listed)
        made = mutate.annotations(empty.index(), {})
        made.index_manifest = lambda: index
        return made


def referrer(number):
    return v1.Descriptor(
        media_type=attached.v1.Descriptor().media_type,
        digest=v1.new_hash(f"sha256:{number:064x}"),
        size=1,
    )


def walk(referrers_of):
    listing = Listing(referrers_of)
    repository = name.new_repository("registry.example.com/app")
    found = attached.Attachments(listing, repository, {}, referrers=True, digest_tags=False)
    return listing, found.of(referrer(0), b"")


def test_referrers_that_refer_to_each_other_end():
    listing, found = walk(lambda _digest: [referrer(0), referrer(1), referrer(2)])
    assert len(list(found)) == 3
    assert len(listing.asked) == 3


def test_referrers_without_end_are_an_error(monkeypatch):
    monkeypatch.setattr(attached, "_MOST", 50)
    _listing, found = walk(lambda digest: [referrer(int(digest[7:], 16) + 1)])
    with limits.limit(timeout=60), pytest.raises(Error, match="more than 50 manifests"):
        list(found)


def test_what_is_listed_and_refers_to_another_is_left_out(engine, repository, caplog):
    with registry.serve(engine="python", referrers=False) as server:
        path = f"{server.host}/{repository}"
        crane.push(random.image(100, 1, source=1), f"{path}:1")
        crane.push(random.image(100, 1, source=2), f"{path}:2")
        attach(f"{path}:2", "of-2")
        fallback = [f"{path}:{crane.digest(f'{path}:{tag}').replace(':', '-')}" for tag in "12"]
        crane.copy(fallback[1], fallback[0])  # a list that is another's
        crane.copy(f"{path}:1", f"{path}/copy:1", referrers=True, engine=engine)
        assert types(f"{path}/copy:1") == []
    assert "does not refer to" in caplog.text
