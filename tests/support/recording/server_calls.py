"""Calls to a registry and to a Docker engine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from support.recording.bench import GZIP, PLAIN, ZEROS, Bench, Call, plain
from support.recording.image_calls import index_of
from support.recording.images import attempt

__all__ = ["daemon_calls", "remote_calls"]


def _remote(function: str, reference: str, *arguments: Any, **options: Any) -> Call:
    """A call of ``pyggcr.remote`` for something in the registry."""

    def call(bench: Bench) -> Any:
        from pyggcr import remote

        given = [each(bench) if callable(each) else each for each in arguments]
        named = reference.replace("HOST", bench.host)
        found = getattr(remote, function)(named, *given, engine=bench.engine, **options)
        return described(bench, found)

    return call


def _crane(function: str, *arguments: Any, **options: Any) -> Call:
    def call(bench: Bench) -> Any:
        from pyggcr import crane

        given = [
            each(bench)
            if callable(each)
            else each.replace("HOST", bench.host)
            if isinstance(each, str)
            else each
            for each in arguments
        ]
        found = getattr(crane, function)(*given, engine=bench.engine, **options)
        return described(bench, found)

    return call


def described(bench: Bench, found: Any) -> Any:
    from pyggcr import remote

    if isinstance(found, remote.RemoteDescriptor):
        return [plain(found.descriptor), plain(found.manifest)]
    if hasattr(found, "close") and not isinstance(found, io.IOBase):
        bench.stack.enter_context(found)
    return plain(found)


def _gzip(bench: Bench) -> Any:
    return bench.open(GZIP)


def _plain_image(bench: Bench) -> Any:
    return bench.open(PLAIN)


def _first_layer(bench: Bench) -> Any:
    return bench.open(PLAIN).layers()[0]


_APP = "HOST/team/app:1"
_READS = (
    ("get", _APP, {}),
    ("get", "HOST/team/app:nosuch", {}),
    ("get", "HOST/nosuch/app:1", {}),
    ("get", "HOST/UPPER", {}),
    ("head", _APP, {}),
    ("head", "HOST/team/app:nosuch", {}),
    ("image", _APP, {}),
    ("image", _APP, {"platform": "linux/arm64"}),
    ("image", "HOST/team/index:1", {}),
    ("image", "HOST/team/index:1", {"platform": "plan9/mips"}),
    ("image", "HOST/team/app:nosuch", {}),
    ("index", "HOST/team/index:1", {}),
    ("index", _APP, {}),
    ("layer", "HOST/team/app@" + ZEROS, {}),
    ("layer", _APP, {}),
    ("list_tags", "HOST/team/app", {}),
    ("list_tags", "HOST/team/app", {"page_size": 1}),
    ("list_tags", "HOST/nosuch", {}),
    ("referrers", "HOST/team/app@" + ZEROS, {}),
    ("check_push_permission", _APP, {}),
    ("get", _APP, {"jobs": 0}),
    ("get", _APP, {"page_size": 1 << 40}),
    ("get", _APP, {"platform": 5}),
    ("get", _APP, {"client_key": "key.pem"}),
    ("get", _APP, {"ca_file": "missing.pem"}),
    ("get", _APP, {"proxy": "ftp://127.0.0.1:1"}),
    ("get", _APP, {"nosuch": 1}),
    ("get", _APP, {"timeout": 60}),
    ("get", _APP, {"user_agent": "tests", "jobs": 1, "retry_statuses": (500,)}),
)


def remote_calls() -> Iterator[tuple[str, Call]]:
    yield "write", _remote("write", _APP, _gzip)
    yield "write plain", _remote("write", "HOST/team/plain:1", _plain_image)
    yield "write again", _remote("write", "HOST/other/app:1", _gzip)
    yield "write_index", _remote("write_index", "HOST/team/index:1", index_of)
    yield "push index", _remote("push", "HOST/team/index:2", index_of)
    yield "write_layer", _remote("write_layer", "HOST/team/layers", _first_layer)
    yield "put without blobs", _remote("put", "HOST/team/bare:1", _gzip)
    yield "tag", _remote("tag", "HOST/team/app:2", _gzip)
    yield "tag elsewhere", _remote("tag", "HOST/empty/app:2", _gzip)
    yield "multi_write", _multi_write
    for function, reference, options in _READS:
        yield f"{function}({reference}, {options})", _remote(function, reference, **options)
    yield "wrong type", _wrong_type
    yield "puller", _puller
    yield "pusher", _pusher
    yield "crane.digest", _crane("digest", _APP)
    yield "crane.digest platform", _crane("digest", "HOST/team/index:1", platform="linux/amd64")
    yield "crane.manifest", _crane("manifest", _APP)
    yield "crane.config", _crane("config", _APP)
    yield "crane.get", _crane("get", _APP)
    yield "crane.head", _crane("head", _APP)
    yield "crane.pull", _crane("pull", _APP)
    yield "crane.pull_layer", _crane("pull_layer", "HOST/team/app@" + ZEROS)
    yield "crane.list_tags", _crane("list_tags", "HOST/team/app")
    yield "crane.catalog", _sorted(_crane("catalog", "HOST"))
    yield "crane.push", _crane("push", _plain_image, "HOST/crane/app:1")
    yield "crane.upload", _crane("upload", _first_layer, "HOST/crane/app")
    yield "crane.tag", _crane("tag", _APP, "three")
    yield "crane.tag bad", _crane("tag", _APP, "not/a/tag")
    yield "crane.copy", _crane("copy", _APP, "HOST/crane/copied:1")
    yield "crane.copy no_clobber", _crane("copy", _APP, "HOST/crane/copied:1", no_clobber=True)
    yield "crane.copy_repository", _crane("copy_repository", "HOST/team/app", "HOST/crane/all")
    yield "crane.token", _crane("token", "HOST/team/app")
    yield "crane.list_tags copied", _crane("list_tags", "HOST/crane/all")
    yield "crane.delete", _crane("delete", "HOST/crane/copied:1")
    yield "delete unknown", _remote("delete", "HOST/team/app@" + ZEROS)
    yield "delete", _delete_by_digest
    yield "catalog", _sorted(_remote("catalog", "HOST"))
    yield "catalog page by page", _sorted(_remote("catalog", "HOST", page_size=100))


def _sorted(call: Call) -> Call:
    """The same in the order of the alphabet: Go's registry lists its repositories in any order."""
    return lambda bench: sorted(call(bench))


def _multi_write(bench: Bench) -> Any:
    from pyggcr import remote

    parts = {
        f"{bench.host}/multi/app:1": bench.open(GZIP),
        f"{bench.host}/multi/plain:1": bench.open(PLAIN),
        f"{bench.host}/multi/index:1": index_of(bench),
    }
    return remote.multi_write(parts, engine=bench.engine)


def _wrong_type(bench: Bench) -> Any:
    from pyggcr import remote

    wrong: Any = 5
    return [
        attempt(lambda: remote.get(wrong, engine=bench.engine)),
        attempt(lambda: remote.catalog(wrong, engine=bench.engine)),
        attempt(lambda: remote.write(f"{bench.host}/a:1", wrong, engine=bench.engine)),
    ]


def _puller(bench: Bench) -> Any:
    from pyggcr import remote

    app = f"{bench.host}/team/app:1"
    puller = remote.Puller(engine=bench.engine, page_size=100)
    found = puller.get(app)
    with puller.image(app) as image:
        digest = image.layers()[0].digest()
        about = plain(image)
    with puller.layer(f"{bench.host}/team/app@{digest}") as layer:
        size = layer.size()
    return [
        repr(puller),
        plain(found.descriptor),
        about,
        size,
        puller.head(app),
        puller.list_tags(f"{bench.host}/team/app"),
        sorted(puller.catalog(bench.host)),
        attempt(lambda: puller.index(app)),
        plain(puller.referrers(f"{bench.host}/team/app@{found.descriptor.digest}")),
    ]


def _pusher(bench: Bench) -> Any:
    from pyggcr import remote

    pusher = remote.Pusher(engine=bench.engine)
    pusher.push(f"{bench.host}/pusher/app:1", bench.open(GZIP))
    pusher.put(f"{bench.host}/pusher/app:2", bench.open(GZIP))
    pusher.upload(f"{bench.host}/pusher/layers", bench.open(PLAIN).layers()[0])
    pusher.delete(f"{bench.host}/pusher/app:2")
    return [
        repr(pusher),
        remote.list_tags(f"{bench.host}/pusher/app", engine=bench.engine),
        attempt(lambda: pusher.delete(f"{bench.host}/pusher/app:9")),
    ]


def _delete_by_digest(bench: Bench) -> Any:
    from pyggcr import remote

    found = remote.get(f"{bench.host}/team/plain:1", engine=bench.engine)
    digest = f"{bench.host}/team/plain@{found.descriptor.digest}"
    return [
        attempt(lambda: remote.delete(digest, engine=bench.engine)),
        attempt(lambda: plain(remote.get(digest, engine=bench.engine).manifest)),
        attempt(lambda: remote.list_tags(f"{bench.host}/team/plain", engine=bench.engine)),
    ]


# --- the Docker engine ---


def _daemon(function: str, *arguments: Any, both: bool = True, **options: Any) -> Call:
    """A call of ``pyggcr.daemon``; ``both``: the engines have it."""

    def call(bench: Bench) -> Any:
        from pyggcr import daemon

        given = [each(bench) if callable(each) else each for each in arguments]
        if both:
            options["engine"] = bench.engine
        found = getattr(daemon, function)(*given, host=bench.daemon.host, **options)
        return described(bench, found)

    return call


def daemon_calls() -> Iterator[tuple[str, Call]]:
    yield "image", _daemon("image", "app:1")
    yield "image in memory", _daemon("image", "app:1", buffer="memory")
    yield "image unbuffered", _daemon("image", "dup:1", buffer="none")
    yield "image by ID", _daemon("image", "sha256:" + 64 * "0")
    yield "image unknown", _daemon("image", "nosuch:1")
    yield "image bad buffer", _daemon("image", "app:1", buffer="tape")
    yield "image bad name", _daemon("image", "UPPER:1")
    yield "tag", _daemon("tag", "app:1", "other:1")
    yield "tag unknown", _daemon("tag", "nosuch:1", "other:1")
    yield "write", _daemon("write", "written:1", _gzip)
    yield "write again", _daemon("write", "written:2", _gzip)
    yield "write no image", _daemon("write", "written:2", 5)
    yield "info", _daemon("info", both=False)
    yield "save", _daemon("save", "app:1", both=False)
    yield "save unknown", _daemon("save", ["nosuch:1"], both=False)
    yield "load", _daemon("load", lambda _: io.BytesIO(PLAIN.read_bytes()), both=False)
    yield "load nonsense", _daemon("load", lambda _: io.BytesIO(b"no tar"), both=False)
    yield "api version", _daemon("image", "app:1", api_version="1.99")
    yield "refused", _refused_daemon
    yield "bad host", _bad_host
    yield (
        "asked",
        lambda bench: [f"{it.method} {it.path} {it.api}" for it in bench.daemon.asked],
    )


def _refused_daemon(bench: Bench) -> Any:
    from pyggcr import daemon

    missing = f"unix://{bench.folder}/missing.sock"
    return daemon.image("app:1", host=missing, engine=bench.engine)


def _bad_host(bench: Bench) -> Any:
    from pyggcr import daemon

    return [
        attempt(daemon.image, "app:1", host=host, engine=bench.engine)
        for host in ("tcp://127.0.0.1:1", "ftp://x", "ssh://x")
    ]
