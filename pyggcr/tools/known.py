"""The tools that embed go-containerregistry, and the modules that they are built from."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass

__all__ = ["KNOWN", "LIBRARY", "LIBRARY_MODULE", "KnownTool", "tool_of_module"]

LIBRARY = "go-containerregistry"
LIBRARY_MODULE = "github.com/google/go-containerregistry"


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool in the table.

    Attributes:
        name: its name for ``--for``.
        modules: the paths of its module, one for each major version.
        aliases: its other names.
    """

    name: str
    modules: tuple[str, ...]
    aliases: tuple[str, ...] = ()


def _versioned(module: str, *majors: int) -> tuple[str, ...]:
    return module, *(f"{module}/v{major}" for major in majors)


KNOWN = (
    # crane and gcrane are released with the library and have its version.
    KnownTool(LIBRARY, (LIBRARY_MODULE,), ("crane", "gcrane", "ggcr")),
    KnownTool("apko", ("chainguard.dev/apko",)),
    KnownTool("cosign", _versioned("github.com/sigstore/cosign", 2, 3)),
    KnownTool("flux", ("github.com/fluxcd/flux2/v2",), ("flux2",)),
    KnownTool("grype", ("github.com/anchore/grype",)),
    KnownTool("imgpkg", ("carvel.dev/imgpkg",)),
    KnownTool("kaniko", ("github.com/GoogleContainerTools/kaniko",)),
    KnownTool("kbld", ("carvel.dev/kbld",)),
    KnownTool("ko", ("github.com/google/ko",)),
    KnownTool("kyverno", ("github.com/kyverno/kyverno",)),
    KnownTool("lifecycle", ("github.com/buildpacks/lifecycle",)),
    KnownTool("pack", ("github.com/buildpacks/pack",)),
    KnownTool("skaffold", ("github.com/GoogleContainerTools/skaffold/v2",)),
    KnownTool("stereoscope", ("github.com/anchore/stereoscope",)),
    KnownTool("syft", ("github.com/anchore/syft",)),
    KnownTool("tekton-chains", ("github.com/tektoncd/chains",)),
    KnownTool("tekton-pipelines", ("github.com/tektoncd/pipeline",), ("tekton",)),
    KnownTool("tkn", ("github.com/tektoncd/cli",)),
    KnownTool("trivy", ("github.com/aquasecurity/trivy",)),
    KnownTool("vendir", ("carvel.dev/vendir",)),
)


def tool_of_module(path: str) -> str:
    """Return the tool that is built from a module.

    Args:
        path: the path of the module.

    Returns:
        The name of the tool; empty if it is not in the table.
    """
    return next((tool.name for tool in KNOWN if path in tool.modules), "")
