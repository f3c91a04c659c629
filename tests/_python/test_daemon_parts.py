"""Small parts of what talks to Docker daemons: addresses, versions, names, documents."""

from __future__ import annotations

import pytest

from pyggcr._python.daemon import documents, references, versions
from pyggcr._python.daemon.endpoint import endpoint_of
from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import DaemonError, InvalidReferenceError, UnsupportedOptionError


class TestAddresses:
    @pytest.mark.parametrize(
        ("host", "url"),
        [
            ("unix:///run/docker.sock", "http://%2Frun%2Fdocker.sock/v1.44/info"),
            ("tcp://127.0.0.1:2375", "http://127.0.0.1:2375/v1.44/info"),
            ("tcp://127.0.0.1:2375/base/", "http://127.0.0.1:2375/base/v1.44/info"),
            ("tcp://[::1]:2375", "http://[::1]:2375/v1.44/info"),
            ("tcp://user:secret@127.0.0.1:2375", "http://127.0.0.1:2375/v1.44/info"),
            ("http://127.0.0.1:2375", "http://127.0.0.1:2375/v1.44/info"),
            ("https://127.0.0.1:2376", "https://127.0.0.1:2376/v1.44/info"),
        ],
    )
    def test_what_a_request_goes_to(self, host, url):
        endpoint = endpoint_of(DaemonOptions(host=host))
        assert endpoint.url(endpoint.target("/", "v1.44", "/info")) == url

    def test_tls_makes_it_https(self):
        endpoint = endpoint_of(DaemonOptions(host="tcp://127.0.0.1:2376", tls=True))
        assert endpoint.scheme == "https"

    def test_paths_are_cleaned_and_escaped(self):
        endpoint = endpoint_of(DaemonOptions(host="unix:///run/docker.sock"))
        assert endpoint.target("/", "v1.44", "/images/", "a//b c:1@x", "json", query="a=b") == (
            "/v1.44/images/a/b%20c:1@x/json?a=b"
        )

    @pytest.mark.parametrize("host", ["", "docker", "unix://", "tcp://[::1", "tcp://a:b"])
    def test_what_is_none(self, host):
        with pytest.raises(DaemonError):
            endpoint_of(DaemonOptions(host=host))


class TestVersions:
    @pytest.mark.parametrize(
        ("offered", "agreed"),
        [
            ("1.41", "1.41"),
            ("1.40", "1.40"),
            ("1.99", "1.55"),
            ("2.0", "1.55"),
            ("", "1.55"),
            ("1.39", None),
            ("v1.41", None),
            ("1", None),
            ("1.x", None),
        ],
    )
    def test_what_is_spoken_with_an_engine_that_offers(self, offered, agreed):
        assert versions.agreed(offered) == agreed

    @pytest.mark.parametrize(
        ("text", "version"),
        [(None, None), ("", None), (" v ", None), ("1.30", "1.30"), (" v1.030 ", "1.30")],
    )
    def test_what_is_asked_for(self, text, version):
        assert versions.pinned(text) == version

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("1", "must be formatted <major>.<minor>"),
            ("vv1.2", "must be formatted <major>.<minor>"),
            ("x.2", "invalid major version: must be formatted <major>.<minor>"),
            ("1.2.3", "invalid minor version: must be formatted <major>.<minor>"),
        ],
    )
    def test_what_is_none(self, text, reason):
        with pytest.raises(UnsupportedOptionError) as raised:
            versions.pinned(text)
        assert str(raised.value) == f"invalid API version ({text}): {reason}"


class TestNames:
    @pytest.mark.parametrize(
        ("text", "repository", "tag"),
        [
            ("app", "docker.io/library/app", "latest"),
            ("app:1", "docker.io/library/app", "1"),
            ("me/app:1", "docker.io/me/app", "1"),
            ("index.docker.io/app", "docker.io/library/app", "latest"),
            ("localhost/app", "localhost/app", "latest"),
            ("registry.example.com:5000/a/b:c", "registry.example.com:5000/a/b", "c"),
            ("Registry/app", "Registry/app", "latest"),
            ("[::1]:5000/app", "[::1]:5000/app", "latest"),
        ],
    )
    def test_repository_and_tag(self, text, repository, tag):
        assert references.split_target(text) == (repository, tag)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("App", "invalid reference format: repository name (library/App) must be lowercase"),
            ("a--.b", "invalid reference format"),
            (
                "a" * 64,
                f"invalid repository name ({'a' * 64}), cannot specify 64-byte hexadecimal strings",
            ),
            ("a" * 300, "repository name must not be more than 255 characters"),
        ],
    )
    def test_what_is_none_to_docker(self, text, reason):
        for refuse in (references.split_target, references.check_source):
            if refuse is references.check_source and len(text) == 64:
                continue  # an ID
            with pytest.raises(InvalidReferenceError) as raised:
                refuse(text)
            assert str(raised.value) == (
                f'error parsing reference: "{text}" is not a valid repository/tag: {reason}'
            )

    def test_an_id_is_an_image(self):
        references.check_source(f"sha256:{'0' * 64}")


class TestDocuments:
    def test_what_an_engine_tells_of_an_image(self):
        told = documents.unmarshal(
            b'{"Id":"a","Config":{"cmd":["x"],"ExposedPorts":{"80/tcp":{}},"Healthcheck":'
            b'{"Test":["NONE"],"Interval":5}},"RootFS":{"Type":"layers"},"Unknown":1}',
            documents.INSPECT,
        )
        assert told.config is not None
        assert told.config.cmd == ["x"]
        assert told.config.exposed_ports == {"80/tcp"}
        assert told.config.healthcheck == documents.Healthcheck(test=["NONE"], interval=5)
        assert told.root_fs == documents.RootFS(type="layers", layers=None)

    @pytest.mark.parametrize("data", [b"", b" ", b"[1", b"{}{}", b"nul"])
    def test_what_is_no_document(self, data):
        with pytest.raises(DaemonError):
            documents.unmarshal(data, documents.INSPECT)
