"""The house stands as docs/architecture.md draws it: who may import whom, and what is lazy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pyggcr"

# From the top of docs/architecture.md: a layer may import itself and what stands after it.
LAYERS = (
    ("cli", "testing", "__main__"),
    ("differential", "doctor", "bench"),
    ("doors",),
    ("_go", "_python"),
    ("_values",),
    ("v1", "name", "types", "match"),
    ("_gostd",),
    ("_os",),
    ("errors", "limits", "_version"),
)
DOORS = (
    "__init__",
    "aio",
    "authn",
    "cache",
    "crane",
    "daemon",
    "engine",
    "exporting",
    "layout",
    "partial",
    "registry",
    "remote",
    "saving",
    "store",
    "tarball",
    "validate",
)

HEAVY = (
    "cffi",
    "_cffi_backend",
    "click",
    "rich",
    "urllib3",
    "zstandard",
    "hypothesis",
    "pytest",
    "pyggcr._go",
    "pyggcr._gostd._accelerator",
    "pyggcr.cli",
)


def layer_of(module: str) -> int:
    """The layer of ``pyggcr.a.b``; modules that the map lacks are an error."""
    parts = module.split(".")
    room = parts[1] if len(parts) > 1 else "__init__"
    room = "doors" if room in DOORS else room
    for depth, rooms in enumerate(LAYERS):
        if room in rooms:
            return depth
    raise LookupError(f"{module} has no place in LAYERS")


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(path: Path, *, functions: bool = True) -> Iterator[str]:
    """What a file imports, in its functions too or not; not what only the type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _nodes_at_run_time(tree, functions):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def _nodes_at_run_time(node: ast.AST, functions: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.FunctionDef) and not functions:
            continue
        yield child
        yield from _nodes_at_run_time(child, functions)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_own_layer_and_those_below(module: str) -> None:
    below = layer_of(module)
    wrong = [
        imported
        for imported in imports_of(MODULES[module])
        if imported.split(".")[0] == "pyggcr" and layer_of(imported) < below
    ]
    assert wrong == []


@pytest.mark.parametrize(("engine", "other"), [("_go", "_python"), ("_python", "_go")])
def test_the_engines_do_not_know_each_other(engine: str, other: str) -> None:
    crossings = [
        (module, imported)
        for module, path in MODULES.items()
        for imported in imports_of(path)
        if f"{module}.".startswith(f"pyggcr.{engine}.")
        and f"{imported}.".startswith(f"pyggcr.{other}.")
    ]
    assert crossings == []


def test_only_the_go_engine_imports_cffi() -> None:
    # The accelerator is a compiled module: it loads cffi's backend itself.
    importers = {
        module.rpartition(".")[0]
        for module, path in MODULES.items()
        for imported in imports_of(path)
        if imported.split(".")[0] in ("cffi", "_cffi_backend")
    }
    assert importers == {"pyggcr._go"}


def test_only_the_command_line_imports_click_and_rich() -> None:
    importers = {
        module.split(".")[1]
        for module, path in MODULES.items()
        for imported in imports_of(path)
        if imported.split(".")[0] in ("click", "rich")
    }
    assert importers == {"cli"}


def test_only_what_is_for_tests_imports_pytest_and_hypothesis() -> None:
    importers = {
        (module, imported.split(".")[0])
        for module, path in MODULES.items()
        for imported in imports_of(path)
        if imported.split(".")[0] in ("hypothesis", "pytest", "_pytest")
    }
    assert importers == {
        ("pyggcr.testing.plugin", "pytest"),
        ("pyggcr.testing.strategies", "hypothesis"),
    }


def test_the_command_line_does_not_import_what_is_for_tests() -> None:
    importers = [
        module
        for module, path in MODULES.items()
        for imported in imports_of(path)
        if imported.startswith("pyggcr.testing") and not module.startswith("pyggcr.testing")
    ]
    assert importers == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for name in imports_of(path, functions=False) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    # Take away what imports nothing that is left, or is imported by nothing that is left, again
    # and again: circles are what remains.
    while free := [
        module
        for module, imported in graph.items()
        if not imported & graph.keys() or not any(module in others for others in graph.values())
    ]:
        for module in free:
            del graph[module]
    assert graph == {}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, pyggcr; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = run.stdout.split()
    assert "pyggcr" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_engine_modules_can_be_imported_without_the_go_library_being_loaded() -> None:
    code = (
        "import pyggcr._go.library as library, pyggcr._go.tarball, pyggcr._go.validate;"
        "print(library.loaded())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
