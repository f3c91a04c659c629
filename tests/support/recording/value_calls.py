"""Calls that need no engine: names, hashes, platforms, documents, matchers, errors."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from support.recording.bench import ZEROS, Bench, Call, plain
from support.recording.images import Answers, attempt

__all__ = ["name_calls", "value_calls"]

_REFERENCES = (
    *("ubuntu", "ubuntu:22.04", "library/ubuntu", "docker.io/ubuntu", "index.docker.io/a/b:c"),
    *("registry.example.com/team/app:1", "registry.example.com:5000/app", "localhost:5000/app"),
    *("127.0.0.1:5000/app:2", "10.0.0.1/app", "[::1]:5000/app", "x.localhost/app", "app@" + ZEROS),
    *("app:1@" + ZEROS, "a/b/c/d@" + ZEROS, "app@sha256:abc", "app@md5:" + 32 * "0"),
    *("", ":", "/", "a:", "a/", "/a", "UPPER", "a:b:c", "a//b", "a:" + 200 * "x", "a" * 300, "a b"),
    *("http://registry/app", "docker://app", "ü/app", "app:ü", "app@", "@" + ZEROS, "gcr.io"),
    *("gcr.io/p/app", "a.b/c", "a:1/b", "a..b/c", "a_b__c/d", "-a/b", "a-/b:.", "app:.1", "app:-1"),
    *("\0", "a\n", "127.0.0.1", "registry.example.com/app@sha512:" + 128 * "a"),
)
_REGISTRIES = (
    *("", "docker.io", "index.docker.io", "gcr.io", "localhost", "localhost:5000", "127.0.0.1:1"),
    *("registry.example.com:443", "a b", "a/b", "http://a", "[::1]:5000", "10.1.2.3", "172.16.0.1"),
    *("192.168.1.1:80", "x.local", "x.localhost", "UPPER.example.com", "ü", "a:b:c", "a?b"),
)
_HASHES = (
    *(ZEROS, "sha256:" + 64 * "G", "sha256:abc", "sha512:" + 128 * "0", "md5:" + 32 * "0", ""),
    *(
        "sha256",
        "sha256:",
        ":" + 64 * "0",
        64 * "0",
        "SHA256:" + 64 * "0",
        "a:b:c",
        "sha256:" + 64 * "A",
    ),
)
_PLATFORMS = (
    *("linux/amd64", "linux/arm64/v8", "windows/amd64:10.0.17763", "linux", "", "a/b/c/d", "/"),
    *("linux/arm/v7:1.2", ":", "linux/amd64:", "all", "a:b:c", "linux//v8"),
)
_DOCUMENTS = (
    *("{}", "[]", "null", "", "{", "1", '"x"', '{"schemaVersion": 2}', '{"schemaVersion": "2"}'),
    '{"schemaVersion":2,"mediaType":"m","config":{"mediaType":"c","size":1,"digest":"' + ZEROS
    + '"},"layers":[{"mediaType":"l","size":2,"digest":"' + ZEROS + '","urls":["u"]}]}',
    '{"schemaVersion":2,"manifests":[{"mediaType":"m","size":1,"digest":"' + ZEROS
    + '","platform":{"os":"linux","architecture":"arm64","variant":"v8"}}],'
    '"annotations":{"a":"<"}}',
    '{"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05.123456789+02:00",'
    '"rootfs":{"type":"layers","diff_ids":["' + ZEROS + '"]},"config":{"Env":["A=b"],'
    '"Labels":{"z":"1","a":"\\u2028<&>"}},"history":[{"created_by":"x","empty_layer":true}]}',
    '{"created":"yesterday"}', '{"created":null}', '{"config":{"ExposedPorts":{"80/tcp":{}}}}',
    '{"layers":[{"digest":"bad"}]}', '{"layers":{}}', '{"config":[]}', '{"SchemaVersion":3}',
    '{"schemaVersion":2,"schemaVersion":3}', '{"schemaVersion":1e2}', '{"schemaVersion":1.5}',
    '{"rootfs":{"diff_ids":[1]}}', '{"history":null,"os.features":["a"],"unknown":{"x":[]}}',
    "{} x",
    '{"config":{"Healthcheck":{"Test":["CMD"],"Interval":1000000000}}}', "\ufeff{}",
    '{"os":"\\ud800"}',
)  # fmt: skip


def _about_reference(found: Any) -> Answers:
    return {
        "class": type(found).__name__,
        "text": str(found),
        "repr": repr(found),
        **{
            question: attempt(_ask_reference, found, question)
            for question in (
                *("name", "context", "identifier", "registry_str", "repository_str", "scheme"),
                *("tag_str", "digest_str", "has_implicit_namespace"),
            )
            if hasattr(found, question)
        },
        "scope": attempt(lambda: found.scope("pull")),
    }


def _ask_reference(reference: Any, question: str) -> str:
    return str(getattr(reference, question)())


def _of_name(function: str, text: str, **options: Any) -> Call:
    def call(_bench: Bench) -> Any:
        from pyggcr import name

        return _about_reference(getattr(name, function)(text, **options))

    return call


def _of_v1(function: str, argument: Any) -> Call:
    def call(_bench: Bench) -> Any:
        from pyggcr import v1

        found = getattr(v1, function)(argument)
        return [str(found) if not function.startswith("parse_") else plain(found), repr(found)]

    return call


def name_calls() -> Iterator[tuple[str, Call]]:
    """References and their parts, of good texts and bad ones."""
    for text in _REFERENCES:
        for options in ({}, {"strict": True}, {"insecure": True}):
            for function in ("parse_reference", "new_tag", "new_digest", "new_repository"):
                label = f"name.{function}({text!r}, {options})"
                yield label, _of_name(function, text, **options)
    for text in _REGISTRIES:
        for options in ({}, {"strict": True}, {"insecure": True}):
            yield (
                f"name.new_registry({text!r}, {options})",
                _of_name("new_registry", text, **options),
            )
        yield (
            f"name.new_insecure_registry({text!r})",
            _of_name("new_insecure_registry", text),
        )
    yield (
        "name defaults",
        _of_name("parse_reference", "app", default_registry="example.com", default_tag="t"),
    )


def value_calls() -> Iterator[tuple[str, Call]]:
    """Hashes, platforms, documents, matchers, and the bases of each class of error."""
    from pyggcr import errors

    for text in _HASHES:
        yield f"v1.new_hash({text!r})", _of_v1("new_hash", text)
    for text in _PLATFORMS:
        yield f"v1.parse_platform({text!r})", _of_v1("parse_platform", text)
    for text in _DOCUMENTS:
        for kind in ("manifest", "index_manifest", "config_file"):
            data = text.encode("utf-8", "surrogatepass")
            yield f"v1.parse_{kind}({text!r})", _of_v1(f"parse_{kind}", data)
    yield "v1.sha256", _of_v1("sha256", io.BytesIO(b"content"))
    yield "platforms", _platforms
    yield "media types", _media_types
    yield "matchers", _matchers
    for name in sorted(errors.__all__):
        yield f"errors.{name}", _bases_of(name)


def _platforms(_bench: Bench) -> Any:
    from pyggcr import v1

    known = [attempt(v1.parse_platform, text) for text in _PLATFORMS]
    known = [each for each in known if isinstance(each, v1.Platform)]
    return {
        f"{one} {other}": [one.equals(other), one.satisfies(other)]
        for one in known
        for other in known
    }


def _media_types(_bench: Bench) -> Any:
    from pyggcr.types import MediaType

    questions = ("distributable", "image", "index", "config", "schema1", "layer")
    return {
        str(each): [getattr(each, f"is_{question}")() for question in questions]
        for each in vars(MediaType).values()
        if isinstance(each, MediaType)
    }


def _matchers(_bench: Bench) -> Any:
    from pyggcr import match, v1

    index = v1.parse_index_manifest(
        json.dumps(
            {
                "manifests": [
                    {
                        "mediaType": f"m{number % 2}",
                        "size": number,
                        "digest": "sha256:" + f"{number:064x}",
                        "platform": {"os": "linux", "architecture": ("amd64", "arm64")[number % 2]},
                        "annotations": {
                            "org.opencontainers.image.ref.name": f"r{number}",
                            "a": "b",
                        },
                    }
                    for number in range(4)
                ]
            }
        ).encode()
    )
    matchers = (
        match.name("r1"),
        match.annotation("a", "b"),
        match.annotation("a", "c"),
        match.platforms(v1.parse_platform("linux/arm64")),
        match.platforms(),
        match.media_types("m0", "x"),
        match.digests("sha256:" + f"{3:064x}", ZEROS),
    )
    return [
        [repr(it), it.spec(), [it(entry) for entry in index.manifests or ()]] for it in matchers
    ]


def _bases_of(name: str) -> Call:
    def call(_bench: Bench) -> Any:
        from pyggcr import errors

        return [base.__name__ for base in getattr(errors, name).__mro__]

    return call
