"""Calls with values of the caller's own, limits, asyncio, a cache; and what a registry answers.

Images and layers that are written in Python cross to the Go engine, as do what their methods
raise, matchers, openers and credentials.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from support.recording import adapter
from support.recording.bench import GZIP, PLAIN, ZEROS, Bench, Call, plain
from support.recording.images import attempt, files_below, summary_of_bytes

__all__ = ["aio_calls", "cache_calls", "limit_calls", "own_calls", "registry_calls"]

# --- images of the caller's own ---

_IMAGE = (
    *("media_type", "size", "config_name", "config_file", "raw_config_file", "digest"),
    *("manifest", "raw_manifest", "layers", "layer_by_digest", "layer_by_diff_id"),
)
_LAYER = ("digest", "diff_id", "compressed", "uncompressed", "size", "media_type")


class _BrokenStream(io.RawIOBase):
    """Gives a few bytes, then raises."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 2

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise LookupError("in the middle of a stream")
        self._left -= 1
        buffer[:1] = b"x"
        return 1


def _own(inner: Any, faults: dict[str, Callable[..., Any]]) -> Any:
    """An image of a class of one's own, which asks another one; some methods are replaced."""
    from pyggcr import v1

    def asking(source: Any, name: str) -> Callable[..., Any]:
        def method(_self: Any, *arguments: Any) -> Any:
            if name in faults:
                return faults[name](*arguments)
            found = getattr(source, name)(*arguments)
            if name == "layers":
                return [layer(each) for each in found]
            return layer(found) if name.startswith("layer_by") else found

        return method

    def layer(source: Any) -> Any:
        methods = {name: asking(source, name) for name in _LAYER}
        for name in _LAYER:
            if f"layer.{name}" in faults:
                methods[name] = lambda _self, name=name: faults[f"layer.{name}"]()
        return type("OwnLayer", (v1.Layer,), methods)()

    return type("OwnImage", (v1.Image,), {name: asking(inner, name) for name in _IMAGE})()


def _raises(*_arguments: Any) -> Any:
    raise LookupError("by a method of one's own")


_FAULTS: dict[str, dict[str, Callable[..., Any]]] = {
    "good": {},
    **{f"raising {name}": {name: _raises} for name in _IMAGE},
    **{f"raising layer.{name}": {f"layer.{name}": _raises} for name in _LAYER},
    "broken stream": {"layer.compressed": _BrokenStream},
    "broken content": {"layer.uncompressed": _BrokenStream},
    "no hash": {"layer.digest": lambda: "no hash"},
    "wrong size": {"layer.size": lambda: 5},
    "manifest of a text": {"raw_manifest": lambda: "text"},
    "manifest is no JSON": {"raw_manifest": lambda: b"{"},
    "none for layers": {"layers": lambda: None},
    "other digest": {"layer.diff_id": lambda: _hash(ZEROS)},
}


def _hash(text: str) -> Any:
    from pyggcr import v1

    return v1.new_hash(text)


def _checked(path: Path, faults: dict[str, Callable[..., Any]], fast: bool) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import validate

        return validate.image(_own(bench.open(path), faults), fast=fast, engine=bench.engine)

    return call


def _asked(faults: dict[str, Callable[..., Any]]) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import partial

        own = _own(bench.open(GZIP), faults)
        questions = ("config_file", "config_name", "diff_ids", "digest", "manifest", "size")
        answers = {
            name: attempt(lambda name=name: plain(getattr(partial, name)(own, engine=bench.engine)))
            for name in (*questions, "fs_layers", "artifact_type", "descriptor", "config_layer")
        }
        answers["blob_size"] = attempt(
            lambda: partial.blob_size(own, ZEROS, engine=bench.engine),
        )
        layers = attempt(own.layers)
        if isinstance(layers, list):
            for name in ("uncompressed_size", "exists", "descriptor"):
                answers[f"layer.{name}"] = attempt(
                    lambda name=name: plain(getattr(partial, name)(layers[0], engine=bench.engine))
                )
        return answers

    return call


def _pushed(label: str, faults: dict[str, Callable[..., Any]]) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import remote

        reference = f"{bench.host}/own/{label.replace(' ', '-').replace('.', '-')}:1"
        options: dict[str, Any] = {"engine": bench.engine, "retry": remote.Retry(steps=1)}
        # One at a time, so that the first failure is always the same one.
        remote.write(reference, _own(bench.open(GZIP), faults), jobs=1, **options)
        return plain(remote.get(reference, engine=bench.engine).manifest)

    return call


def own_calls() -> Iterator[tuple[str, Call]]:
    """Images written in Python: validated, asked, pushed, saved; images of the other engine."""
    for label, faults in _FAULTS.items():
        yield f"validate {label}", _checked(GZIP, faults, False)
        yield f"validate plain {label}", _checked(PLAIN, faults, False)
        yield f"validate fast {label}", _checked(GZIP, faults, True)
        yield f"partial {label}", _asked(faults)
    for label in ("good", "raising raw_manifest", "raising layers", "raising raw_config_file"):
        yield f"push {label}", _pushed(label, _FAULTS[label])
    for label in ("good", "raising layers", "raising raw_config_file", "raising layer.digest"):
        yield f"save {label}", _saved(_FAULTS[label])
    yield "daemon", _loaded
    yield "foreign image", _foreign
    yield "raising matcher", _raising_matcher
    yield "keychains", _keychains


def _saved(faults: dict[str, Callable[..., Any]]) -> Call:
    def call(bench: Bench) -> Any:
        stream = io.BytesIO()
        adapter.save({"own:1": _own(bench.open(GZIP), faults)}, stream)
        return summary_of_bytes(stream.getvalue())

    return call


def _loaded(bench: Bench) -> Any:
    from pyggcr import daemon

    own = _own(bench.open(GZIP), {})
    said = daemon.write("own:1", own, host=bench.daemon.host, engine=bench.engine)
    return [said, [summary_of_bytes(path.read_bytes()) for path in bench.daemon.loaded]]


def _foreign(bench: Bench) -> Any:
    """An image of one engine, for the functions of the other."""
    from pyggcr import partial, remote, tarball, validate

    others = {"go": "python", "python": "go"}
    with tarball.image_from_path(PLAIN, engine=others[bench.engine]) as image:
        reference = f"{bench.host}/foreign/app:1"
        remote.write(reference, image, engine=bench.engine)
        return [
            attempt(lambda: validate.image(image, engine=bench.engine)),
            attempt(lambda: validate.layer(image.layers()[0], engine=bench.engine)),
            plain(partial.descriptor(image, engine=bench.engine)),
            plain(partial.uncompressed_size(image.layers()[0], engine=bench.engine)),
            plain(remote.get(reference, engine=bench.engine).manifest),
        ]


def _raising_matcher(bench: Bench) -> Any:
    from pyggcr import partial, v1

    index = v1.parse_index_manifest(
        json.dumps({"manifests": [{"mediaType": "m", "size": 1, "digest": ZEROS}]}).encode()
    )
    return partial.find_manifests(index, _raises, engine=bench.engine)


def _keychains(bench: Bench) -> Any:
    from pyggcr import authn, name, remote

    class Own:
        def __init__(self, found: Any) -> None:
            self.found = found

        def resolve(self, _resource: Any) -> Any:
            return self.found() if callable(self.found) else self.found

    host = name.new_registry("example.com")
    basic = authn.Basic("ann", "secret")
    several = authn.MultiKeychain(Own(authn.ANONYMOUS), Own(basic))
    return [
        repr(basic),
        repr(authn.Bearer("t")),
        repr(authn.AuthConfig(username="ann", password="secret")),
        several.resolve(host) is basic,
        *(
            attempt(
                lambda found=found: plain(
                    remote.list_tags(f"{bench.host}/own/good", keychain=found, engine=bench.engine)
                )
            )
            for found in (several, Own(authn.ANONYMOUS), Own(_raises))
        ),
        attempt(
            lambda: remote.head(f"{bench.host}/a:1", auth=basic, keychain=several)  # not both
        ),
    ]


# --- limits ---


def limit_calls() -> Iterator[tuple[str, Call]]:
    """Calls that are cancelled, or have no time left, and their progress."""
    yield "cancelled", _limited(lambda: {"cancel": _cancelled()})
    yield "no time", _limited(lambda: {"timeout": 0})
    yield "no number", _limited(lambda: {"timeout": float("nan")})
    yield "time enough", _limited(lambda: {"timeout": 100})
    yield "inherited", _inherited
    yield "progress", _progress
    yield "raising progress", _limited(lambda: {"progress": _raises})


def _cancelled() -> Any:
    import pyggcr

    token = pyggcr.CancelToken()
    token.cancel()
    return token


def _limited(limits: Callable[[], dict[str, Any]]) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import daemon, remote, validate

        image = bench.open(PLAIN)
        host = bench.daemon.host
        by = {"engine": bench.engine}
        return [
            attempt(lambda: validate.image(image, **limits())),
            attempt(lambda: validate.layer(image.layers()[0], **limits())),
            attempt(lambda: remote.list_tags(f"{bench.host}/limited", **limits(), **by)),
            attempt(lambda: remote.write(f"{bench.host}/limited:1", image, **limits(), **by)),
            attempt(lambda: daemon.tag("nosuch:1", "x:1", host=host, **limits(), **by)),
        ]

    return call


def _inherited(bench: Bench) -> Any:
    import pyggcr
    from pyggcr import validate

    image = bench.open(PLAIN)
    with pyggcr.limit(cancel=_cancelled()):
        return [
            attempt(lambda: validate.image(image)),
            attempt(lambda: plain(image.layers()[0].compressed())),
        ]


def _progress(bench: Bench) -> Any:
    from pyggcr import validate

    told: list[int] = []
    validate.image(bench.open(GZIP), progress=lambda it: told.append(it.bytes_read))
    return [told[-1], told == sorted(told)]


# --- asyncio ---


def aio_calls() -> Iterator[tuple[str, Call]]:
    """The functions that wait."""
    yield "tarball and validate", _waiting
    yield "remote and crane", _waiting_for_registries
    yield "failures", _waiting_in_vain
    yield "cancel", _cancelling


def _waiting(bench: Bench) -> Any:
    from pyggcr import aio

    async def work() -> Any:
        image = await aio.tarball.image_from_path(PLAIN, engine=bench.engine)
        async with image:
            return [
                plain(await image.digest()),
                plain(await aio.validate.image(image)),
                plain(await aio.tarball.load_manifest(GZIP, engine=bench.engine)),
            ]

    return asyncio.run(work())


def _waiting_for_registries(bench: Bench) -> Any:
    from pyggcr import aio

    async def work() -> Any:
        reference = f"{bench.host}/aio/app:1"
        with bench.open(GZIP) as image:
            await aio.crane.push(image, reference, engine=bench.engine)
        found = await aio.remote.get(reference, engine=bench.engine)
        puller = aio.remote.Puller(engine=bench.engine)
        return [
            plain(found.descriptor),
            await aio.crane.digest(reference, engine=bench.engine),
            await aio.remote.list_tags(f"{bench.host}/aio/app", engine=bench.engine),
            plain(await puller.head(reference)),
        ]

    return asyncio.run(work())


def _waiting_in_vain(bench: Bench) -> Any:
    from pyggcr import aio

    def attempted(call: Callable[[], Any]) -> Any:
        async def work() -> Any:
            return await call()

        return attempt(lambda: plain(asyncio.run(work())))

    return [
        attempted(lambda: aio.crane.digest(f"{bench.host}/none:1", engine=bench.engine)),
        attempted(lambda: aio.tarball.image_from_path("missing.tar", engine=bench.engine)),
    ]


def _cancelling(_bench: Bench) -> Any:
    from pyggcr import aio

    async def work() -> Any:
        return await aio.run(len, [], cancel=_cancelled())

    return asyncio.run(work())


# --- a cache ---


def cache_calls() -> Iterator[tuple[str, Call]]:
    """Layers that are kept in files."""
    yield "gzip", _cached(GZIP)
    yield "plain", _cached(PLAIN)
    yield "damaged", _damaged_cache


def _cached(path: Path) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import cache

        folder = bench.folder / f"cache-{path.parent.name}"
        first = plain(cache.CachedImage(bench.open(path), cache.FilesystemCache(folder)))
        files = files_below(folder)
        again = plain(cache.CachedImage(bench.open(path), cache.FilesystemCache(folder)))
        return [first, files, again == first, files_below(folder) == files]

    return call


def _damaged_cache(bench: Bench) -> Any:
    from pyggcr import cache

    folder = bench.folder / "damaged"
    image = cache.CachedImage(bench.open(GZIP), cache.FilesystemCache(folder))
    before = plain(image.layers()[0].compressed())
    for path in folder.iterdir():
        path.write_bytes(b"damaged")
    return [before, plain(image.layers()[0].compressed()), files_below(folder)]


# --- the registry, as a client without manners sees it ---

_BLOB = b"content"
_BLOB_DIGEST = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
_MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "m", "layers": []}).encode()
_REQUESTS: tuple[tuple[str, str, bytes | None, dict[str, str]], ...] = (
    ("GET", "/", None, {}),
    ("GET", "/v2", None, {}),
    ("GET", "/v2/", None, {}),
    ("POST", "/v2/", b"", {}),
    ("GET", "/v2/_catalog", None, {}),
    ("GET", "/v2/a/tags/list", None, {}),
    ("HEAD", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {}),
    ("POST", f"/v2/a/blobs/uploads/?digest={_BLOB_DIGEST}", _BLOB, {}),
    ("POST", f"/v2/a/blobs/uploads/?digest={ZEROS}", _BLOB, {}),
    ("POST", "/v2/a/blobs/uploads/?digest=nonsense", _BLOB, {}),
    ("HEAD", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {}),
    ("GET", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {}),
    ("GET", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {"Range": "bytes=1-3"}),
    ("GET", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {"Range": "bytes=9-"}),
    ("GET", f"/v2/b/blobs/{_BLOB_DIGEST}", None, {}),
    ("GET", f"/v2/a/blobs/{ZEROS}", None, {}),
    ("GET", "/v2/a/blobs/nonsense", None, {}),
    ("POST", f"/v2/b/blobs/uploads/?mount={_BLOB_DIGEST}&from=a", b"", {}),
    ("POST", f"/v2/b/blobs/uploads/?mount={ZEROS}&from=a", b"", {}),
    ("PATCH", "/v2/a/blobs/uploads/nosuch", b"x", {}),
    ("PATCH", "/v2/a/blobs/uploads/nosuch", b"x", {"Content-Range": "5-6"}),
    ("PUT", f"/v2/a/blobs/uploads/nosuch?digest={ZEROS}", b"x", {}),
    ("DELETE", "/v2/a/blobs/uploads/nosuch", None, {}),
    ("GET", "/v2/a/manifests/1", None, {}),
    ("PUT", "/v2/a/manifests/1", _MANIFEST, {"Content-Type": "m"}),
    ("PUT", f"/v2/a/manifests/{ZEROS}", _MANIFEST, {"Content-Type": "m"}),
    ("PUT", "/v2/a/manifests/2", b"no JSON", {"Content-Type": "m"}),
    ("PUT", "/v2/a/manifests/3", b"{}", {"Content-Type": _IMAGE[0]}),
    ("GET", "/v2/a/manifests/1", None, {}),
    ("HEAD", "/v2/a/manifests/1", None, {}),
    ("GET", "/v2/a/manifests/nosuch", None, {}),
    ("GET", "/v2/nosuch/manifests/1", None, {}),
    ("GET", "/v2/a/tags/list", None, {}),
    ("GET", "/v2/a/tags/list?n=1", None, {}),
    ("GET", "/v2/a/tags/list?n=1&last=1", None, {}),
    ("GET", "/v2/a/tags/list?n=x", None, {}),
    ("GET", "/v2/_catalog", None, {}),
    ("GET", "/v2/_catalog?n=x", None, {}),
    ("GET", f"/v2/a/referrers/{ZEROS}", None, {}),
    ("GET", "/v2/a/referrers/nonsense", None, {}),
    ("DELETE", "/v2/a/manifests/1", None, {}),
    ("DELETE", "/v2/a/manifests/1", None, {}),
    ("DELETE", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {}),
    ("DELETE", f"/v2/a/blobs/{_BLOB_DIGEST}", None, {}),
    ("OPTIONS", "/v2/a/manifests/1", None, {}),
    ("GET", "/v2/a/nosuch/1", None, {}),
    ("GET", "/v2/a//manifests/1", None, {}),
    ("GET", "/v2/../v2/", None, {}),
    ("GET", "/v2/%C3%BC/tags/list", None, {}),
)
_HEADERS = (
    *("Content-Type", "Content-Length", "Docker-Content-Digest", "Content-Range", "Range"),
    *("Location", "Link", "OCI-Subject", "OCI-Filters-Applied", "Docker-Distribution-Api-Version"),
)


def registry_calls() -> Iterator[tuple[str, Call]]:
    """Requests to a registry, one after the other: status, headers and body."""
    for number, request in enumerate(_REQUESTS):
        method, path, _, headers = request
        yield f"{number:02} {method} {path} {headers or ''}".strip(), _requested(*request)


def _requested(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Call:
    def call(bench: Bench) -> Any:
        connection = http.client.HTTPConnection(bench.host, timeout=60)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return [
                response.status,
                {name: response.headers[name] for name in _HEADERS if name in response.headers},
                plain(response.read()),
            ]
        finally:
            connection.close()

    return call
