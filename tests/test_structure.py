"""The structure is what docs/architecture.md says: who may import whom, lazy imports included."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pyggcr"

# From the top of docs/architecture.md: a layer may import itself and those that stand after it.
LAYERS = (
    ("__main__", "cli", "testing"),
    ("__init__",),
    ("audit",),
    ("bench", "differential", "doctor", "sync"),
    ("artifact", "convert", "tools"),
    ("build", "rootfs"),
    ("aio", "store"),
    (
        "authn",
        "cache",
        "compare",
        "crane",
        "daemon",
        "empty",
        "gcrane",
        "google",
        "layer_cache",
        "layout",
        "legacy",
        "match",
        "mutate",
        "partial",
        "random",
        "registry",
        "remote",
        "static",
        "stream",
        "tarball",
        "validate",
    ),
    ("engine",),
    ("_go", "_python"),
    ("_layers",),
    ("_contract",),
    ("_values",),
    ("compression", "name", "types", "v1"),
    ("_gostd",),
    ("_os",),
    ("errors", "limits"),
    ("_dataclasses", "_typing", "_version"),
)

# What nobody outside may import, and who may all the same.
ENGINES = ("pyggcr._go", "pyggcr._python")
CHOOSES_THE_ENGINE = "pyggcr.engine"

# What the Python engine has that mirrors no Go package: what go-containerregistry lacks.
NO_GO_PACKAGE = {"supplement"}

# It imports what it is told to, and not what a constant says.
IMPORTS_BY_VARIABLE = {"pyggcr.differential.worker"}

HEAVY = (
    "cffi",
    "_cffi_backend",
    "rich",
    "urllib3",
    "zstandard",
    "hypothesis",
    "pytest",
    "pyggcr._go",
    "pyggcr._gostd._accelerator",
    "pyggcr.cli",
)


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def part_of(module: str) -> str:
    """The top-level module or package that ``pyggcr.a.b`` belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def layer_of(module: str) -> int:
    """The layer of a module; one that LAYERS lacks is an error."""
    for depth, parts in enumerate(LAYERS):
        if part_of(module) in parts:
            return depth
    raise LookupError(f"{module} has no place in LAYERS")


def is_in(module: str, packages: Iterable[str]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def imports_of(path: Path) -> Iterator[str]:
    """What a file imports at run time, at once or later; not what only the type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in nodes_at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from modules_named(node.args[0], tree)


def nodes_at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield other
                yield from nodes_at_run_time(other)
            continue
        yield child
        yield from nodes_at_run_time(child)


def modules_named(argument: ast.expr, tree: ast.Module) -> Iterator[str]:
    """The modules that an argument of ``import_module`` can name."""
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    elif isinstance(argument, ast.JoinedStr):
        assert isinstance(argument.values[0], ast.Constant)
        start = str(argument.values[0].value)
        lists = [constants(tree, name) for name in ("_HOMES", "__all__")]
        if names := [name for listed in lists if listed for name in listed]:
            # The rest of the module's names are found in modules that are listed, too.
            yield from (start + name for name in names if start + name in MODULES)
        else:
            yield from (name for name in MODULES if name.startswith(start))


def constants(tree: ast.Module, variable: str) -> list[str]:
    """The strings of a module's list, or the values of its dictionary, of that name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == variable:
            value = ast.literal_eval(node.value)
            return list(value.values() if isinstance(value, dict) else value)
    return []


IMPORTS = {
    module: {name for name in imports_of(path) if name != module}
    for module, path in MODULES.items()
}


def circular(graph: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The arrows of a graph that lie on a circle."""

    def reached_from(start: str) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            new = graph.get(ahead.pop(), set()) - found
            found |= new
            ahead += new
        return found

    reached = {node: reached_from(node) for node in graph}
    return {(node, to) for node in graph for to in graph[node] if node in reached.get(to, ())}


def importers(*packages: str) -> set[str]:
    """The modules that import one of the packages, or anything in them."""
    return {
        module
        for module, imported in IMPORTS.items()
        if any(is_in(name, packages) for name in imported)
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_own_layer_and_those_below(module: str) -> None:
    wrong = [
        imported
        for imported in IMPORTS[module]
        if is_in(imported, ["pyggcr"]) and layer_of(imported) < layer_of(module)
    ]
    assert wrong == []


def test_one_module_outside_the_engines_imports_them() -> None:
    outside = {module for module in importers(*ENGINES) if not is_in(module, ENGINES)}
    assert outside == {CHOOSES_THE_ENGINE}


def test_the_python_engine_has_a_module_for_each_go_package_and_nothing_else() -> None:
    mirrors = {module.split(".")[2] for module in MODULES if module.startswith("pyggcr._python.")}
    public = {
        part_of(module) for module in MODULES if layer_of(module) == layer_of("pyggcr.remote")
    }
    # pkg/v1/remote/transport is public below the package that it serves.
    below = {module.split(".")[2] for module in MODULES if module == "pyggcr.remote.transport"}
    assert mirrors - public - below == NO_GO_PACKAGE


@pytest.mark.parametrize(("engine", "other"), [ENGINES, ENGINES[::-1]])
def test_the_engines_do_not_know_each_other(engine: str, other: str) -> None:
    assert [module for module in importers(other) if is_in(module, [engine])] == []


def test_top_level_modules_do_not_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {part_of(module): set() for module in MODULES}
    for module, imported in IMPORTS.items():
        graph[part_of(module)] |= {part_of(it) for it in imported if is_in(it, ["pyggcr"])}
    assert {(part, other) for part, other in circular(graph) if part != other} == set()


def test_modules_of_different_folders_do_not_import_each_other_in_a_circle() -> None:
    graph = {module: imported & MODULES.keys() for module, imported in IMPORTS.items()}
    assert [
        (module, imported)
        for module, imported in sorted(circular(graph))
        if MODULES[module].parent != MODULES[imported].parent
    ] == []


def test_only_those_that_must_import_modules_that_a_variable_names() -> None:
    found = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("import_module", "__import__"))
        and not isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    }
    assert found == IMPORTS_BY_VARIABLE


def test_top_level_modules_are_public_or_say_that_they_are_not() -> None:
    import pyggcr

    not_in_the_api = {"__init__", "__main__", "bench", "cli", "engine", "testing"}
    parts = {part_of(module) for module in MODULES} - not_in_the_api
    assert {part for part in parts if not part.startswith("_")} == {
        part for part in pyggcr.__all__ if f"pyggcr.{part}" in MODULES
    }


def test_only_the_go_engine_imports_cffi() -> None:
    # The accelerator is a compiled module: it loads cffi's backend itself.
    found = {module.rpartition(".")[0] for module in importers("cffi", "_cffi_backend")}
    assert found == {"pyggcr._go"}


def test_only_the_command_line_imports_rich() -> None:
    assert {part_of(module) for module in importers("rich")} == {"cli"}


def test_only_what_is_for_tests_imports_pytest_and_hypothesis() -> None:
    assert importers("pytest", "_pytest") == {"pyggcr.testing.plugin"}
    assert importers("hypothesis") == {"pyggcr.testing.strategies"}


def test_nothing_imports_what_is_for_tests_or_for_the_type_checker() -> None:
    for package in ("pyggcr.testing", "pyggcr._contract"):
        assert [it for it in importers(package) if not is_in(it, [package])] == []


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
        "import pyggcr._go.library as library, pyggcr._go.tarball, pyggcr._go.remote;"
        "print(library.loaded())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
