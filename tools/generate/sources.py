"""Which files are generated, and from what."""

from __future__ import annotations

from pathlib import Path

from tools.generate import clients, flags
from tools.generate.asynchronous import IMAGES, AsyncModule
from tools.generate.modules import ROOT, Module, path_of
from tools.generate.options import Options, with_options

__all__ = ["ROOT", "generated"]

_ENGINE = {"engine": "str | None"}
_ENGINE_DOC = {"engine": "``go`` or ``python``; default: the engine in force."}

# What has no meaning where repositories are only listed, or is fixed there.
_NOT_OF_GOOGLE = (
    "allow_nondistributable_artifacts",
    "filter",
    "hosts",
    "jobs",
    "page_size",
    "platform",
    "referrers_tag_fallback",
    "retry",
    "retry_predicate",
    "retry_statuses",
)

_REMOTE = [
    Options(
        "ConnectionOptions",
        "How to talk to registries: the options of ``remote.Puller`` and ``remote.Pusher``.",
        record="RemoteOptions",
        paths="PATH_OPTIONS",
        types=_ENGINE,
        docs=_ENGINE_DOC,
    ),
    Options(
        "Options",
        "How a function talks to registries, and the limits of the call.",
        bases=("ConnectionOptions", "CallOptions"),
    ),
    Options(
        "GoogleOptions",
        "How ``pyggcr.google`` talks to registries, and the limits of the call.",
        record="RemoteOptions",
        bases=("CallOptions",),
        without=_NOT_OF_GOOGLE,
        types=_ENGINE,
        docs=_ENGINE_DOC,
    ),
]

_DAEMON = [
    Options(
        "ConnectionOptions",
        "Which Docker daemon to talk to, and the limits of the call.",
        record="Endpoint",
        bases=("CallOptions",),
        without=("tls",),
        types={"host": "str | None", "context": "str | None"},
        docs={
            "context": "a context of the docker command; default: if ``host`` is not given either, "
            "the one that the docker command would choose.",
            "verify": "check the daemon's certificate and its name. This option and the next three "
            "replace the settings of the context or DOCKER_CERT_PATH; any of them turns TLS on.",
        },
    ),
    Options(
        "Options",
        "Which Docker daemon to talk to, by which engine, and the limits of the call.",
        bases=("ConnectionOptions",),
        types=_ENGINE,
        docs=_ENGINE_DOC,
    ),
]

_ASYNC = ("crane", "daemon", "remote", "tarball", "validate")


def generated() -> dict[Path, str]:
    """Each generated file and what it has to hold."""
    remote = Module("pyggcr.remote")
    both = clients.text(remote)
    made = {path_of(clients.TARGET): both}
    made |= dict([flags.with_flags()])
    for values, options in (("pyggcr._values.remote", _REMOTE), ("pyggcr._values.daemon", _DAEMON)):
        path, text = with_options(values, options)
        made[path] = text
    classes = dict.fromkeys(("Puller", "Pusher"), Module(clients.TARGET, both))
    for name in _ASYNC:
        module = Module(f"pyggcr.{name}")
        target = f"pyggcr.aio.{name}"
        twin = AsyncModule(module, target, classes if name == "remote" else {})
        made[path_of(target)] = twin.text()
    interfaces = AsyncModule(Module("pyggcr.v1.image"), IMAGES, {})
    made[path_of(IMAGES)] = interfaces.text_of_interfaces()
    return made
