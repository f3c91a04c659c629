"""What manifests are that are no images: artifacts, attestations of BuildKit, bundles of cosign."""

from __future__ import annotations

import json

import pytest

from pyggcr import artifact, empty, mutate, random, registry, remote, v1
from pyggcr._layers.composed import ComposedImage
from pyggcr.artifact import File, facts
from pyggcr.artifact.file import Blob

PROVENANCE = "https://slsa.dev/provenance/v0.2"
SPDX = "https://spdx.dev/Document"


def statements(*kinds):
    """An attestation manifest as BuildKit 0.11 writes it."""
    blobs = [Blob.of(kind.encode(), "application/vnd.in-toto+json") for kind in kinds]
    config = json.dumps(
        {"architecture": "unknown", "os": "unknown", "rootfs": {"type": "layers", "diff_ids": []}}
    ).encode()
    described = Blob.of(config, "application/vnd.oci.image.config.v1+json")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": str(described.media_type()),
            "digest": str(described.digest()),
            "size": described.size(),
        },
        "layers": [
            {
                "mediaType": str(blob.media_type()),
                "digest": str(blob.digest()),
                "size": blob.size(),
                "annotations": {"in-toto.io/predicate-type": kind},
            }
            for blob, kind in zip(blobs, kinds, strict=True)
        ],
    }
    return ComposedImage(json.dumps(manifest).encode(), config, blobs)


def attested(image, *kinds):
    """An index of an image and what is attested of it."""
    return mutate.append_manifests(
        empty.index(),
        mutate.IndexAddendum(image, platform=v1.Platform(os="linux", architecture="amd64")),
        mutate.IndexAddendum(
            statements(*kinds),
            platform=v1.Platform(os="unknown", architecture="unknown"),
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": str(image.digest()),
            },
        ),
    )


@pytest.fixture
def image():
    return random.image(100, 1, source=1)


def test_an_image_is_no_artifact(image):
    assert facts.artifact_type(image.manifest()) == ""
    assert facts.predicate_types(image.manifest()) == ()


def test_an_artifact_has_the_type_that_it_says_or_that_of_its_config():
    with artifact.image(artifact_type="text/x-note") as made:
        assert facts.artifact_type(made.manifest()) == "text/x-note"
    chart = File("c", "application/vnd.cncf.helm.config.v1+json", content=b"{}")
    with artifact.image(config=chart) as made:
        assert facts.artifact_type(made.manifest()) == "application/vnd.cncf.helm.config.v1+json"


def test_attestations_of_buildkit_name_what_they_state():
    manifest = statements(PROVENANCE, SPDX, SPDX).manifest()
    assert facts.artifact_type(manifest) == "application/vnd.in-toto+json"
    assert facts.predicate_types(manifest) == (PROVENANCE, SPDX)


def test_a_bundle_of_cosign_names_what_it_states():
    named = {"dev.sigstore.bundle.predicateType": SPDX}
    with artifact.image(artifact_type="text/x-bundle", annotations=named) as made:
        assert facts.predicate_types(made.manifest()) == (SPDX,)


@pytest.mark.parametrize("nested", [False, True])
def test_what_an_index_attests_of_an_image(image, engine, repository, nested):
    index = attested(image, PROVENANCE, SPDX)
    if nested:
        index = mutate.append_manifests(empty.index(), mutate.IndexAddendum(index))
    with registry.serve(engine="python") as server:
        remote.write_index(f"{server.host}/{repository}:1", index)
        with remote.index(f"{server.host}/{repository}:1", engine=engine) as found:
            (attestation,) = facts.attestations(found, image.digest())
            assert attestation.predicate_types == (PROVENANCE, SPDX)
            assert facts.attestations(found, attestation.digest) == []


def test_attestations_that_are_not_there_have_no_kind(image):
    absent = v1.Descriptor(
        media_type=image.media_type(),
        digest=v1.new_hash("sha256:" + "1" * 64),
        annotations={
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": str(image.digest()),
        },
    )
    index = empty.index()
    listed = index.index_manifest()
    listed.manifests = [absent]
    index.index_manifest = lambda: listed
    (found,) = facts.attestations(index, image.digest())
    assert found == facts.Attestation(absent.digest, ())
