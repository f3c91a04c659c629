"""TLS on the Go engine: whom it trusts, and who it says that it is."""

from __future__ import annotations

import pytest
from support.boundary import client_of

from pyggcr import name
from pyggcr.errors import TransportError


@pytest.fixture
def ref(tls_registry):
    return name.parse_reference(f"{tls_registry.host}/tests/go:1")


def test_a_certificate_that_nobody_trusts_is_refused(go, ref):
    with pytest.raises(TransportError, match="certificate"):
        go.remote.head(reference=ref, client=client_of(go))


def test_a_certificate_is_trusted_that_one_names(
    go, ref, tls_certificate, open_image, small_archive
):
    client = client_of(go, ca_file=str(tls_certificate.certificate))
    image = open_image(small_archive)
    go.remote.write(reference=ref, image=image, client=client)
    with go.remote.image(reference=ref, client=client) as got:
        go.validate.image(image=got, fast=False)
        assert got.digest() == image.digest()


def test_any_certificate_is_taken_if_asked_for(go, ref):
    with pytest.raises(TransportError) as raised:
        go.remote.get(
            reference=ref.context().tag("none"),
            client=client_of(go, insecure=True),
        )
    assert raised.value.status == 404


def test_a_client_shows_its_certificate(go, mutual_tls, tls_certificate):
    host, shown = mutual_tls
    ca = str(tls_certificate.certificate)
    key = str(tls_certificate.key)
    client = client_of(go, ca_file=ca, client_certificate=ca, client_key=key)
    with pytest.raises(TransportError):
        go.remote.head(reference=name.parse_reference(f"{host}/a:1"), client=client)
    assert any(shown)
    shown.clear()
    with pytest.raises(TransportError):
        go.remote.head(
            reference=name.parse_reference(f"{host}/a:1"),
            client=client_of(go, ca_file=ca),
        )
    assert not any(shown)
