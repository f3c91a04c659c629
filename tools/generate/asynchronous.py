"""``pyggcr.aio``: each public function once more, to be awaited."""

from __future__ import annotations

import ast
import textwrap

from tools.generate.modules import (
    NOTICE,
    Module,
    Origin,
    docstring,
    documentation,
    formatted,
    import_block,
    path_of,
)

_RUN = Origin("pyggcr.aio.threads", "run", "run")


class AsyncModule:
    """The twin of a public module, piece by piece."""

    def __init__(self, module: Module, classes: dict[str, Module]) -> None:
        """Take a public module, and the modules of the classes that get a twin, too."""
        self._module = module
        self._classes = classes
        self._short = module.name.rpartition(".")[2]
        self._at_run_time = {Origin(*module.name.rpartition(".")[::2], self._short), _RUN}
        self._for_types: set[Origin] = set()
        self._pieces: list[str] = []
        self._names: list[str] = []

    def text(self) -> str:
        """The source of the twin."""
        for name in self._module.exported:
            if name in self._classes:
                self._add_class(name, self._classes[name])
            elif self._module.is_function(name) and name not in SYNCHRONOUS:
                self._add_function(name)
        short = self._short
        source = path_of(self._module.name).relative_to(path_of("pyggcr").parents[1])
        also = " and classes" if self._classes else ""
        head = (
            f'"""``{self._module.name}`` for asyncio: the same functions{also}, to be awaited.\n\n'
        )
        head += f"{NOTICE.format(source=source)}\n"
        head += '"""\n\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\n'
        head += import_block(self._at_run_time) + "\nif TYPE_CHECKING:\n"
        for_types = {it for it in self._for_types if it.alias != short} - self._at_run_time
        head += textwrap.indent(import_block(for_types), "    ")
        head += f"\n__all__ = {sorted(self._names)!r}\n\n\n"
        target = path_of(f"pyggcr.aio.{short}")
        return formatted(head + "\n\n".join(self._pieces), target)

    def _add_function(self, name: str) -> None:
        module, node = self._module.function(name)
        self._names.append(name)
        self._remember_imports(module, node)
        called = f"{self._short}.{name}"
        self._pieces.append(
            f"async def {name}({ast.unparse(node.args)}) -> {_returned(node)}:\n"
            f"{docstring(documentation(node), '    ')}"
            f"    return {self._awaited(called, node)}\n"
        )

    def _awaited(self, called: str, node: ast.FunctionDef) -> str:
        """The call in a thread; what would block there is wrapped in its twin."""
        call = f"await run({', '.join([called, *_passed_on(node.args)])})"
        returned = _returned(node)
        if returned not in TWINS:
            return call
        twin = Origin(TWINS[returned], returned, returned)
        self._at_run_time.add(twin)
        self._for_types = {it for it in self._for_types if it.alias != returned}
        return f"{returned}({call})"

    def _add_class(self, name: str, module: Module) -> None:
        node = module.class_(name)
        self._names.append(name)
        options = Origin("pyggcr._values.remote", "ConnectionOptions", "ConnectionOptions")
        self._for_types |= {options, Origin("typing_extensions", "Unpack", "Unpack")}
        own = f"_{name.lower()}"
        text = (
            f"class {name}(AsyncClient):\n"
            f'    """The class ``{self._short}.{name}`` with methods to be awaited."""\n\n'
            f"    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:\n"
            f"        self.{own} = {self._short}.{name}(**options)\n"
            f"        super().__init__(self.{own})\n"
        )
        self._at_run_time.add(Origin("pyggcr.aio.threads", "AsyncClient", "AsyncClient"))
        for method in node.body:
            if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
                continue
            self._remember_imports(module, method)
            called = f"self.{own}.{method.name}"
            text += (
                f"\n    async def {method.name}({ast.unparse(method.args)}) "
                f"-> {_returned(method)}:\n"
                f"{docstring(documentation(method), '        ')}"
                f"        return {self._awaited(called, method)}\n"
            )
        self._pieces.append(text)

    def _remember_imports(self, module: Module, node: ast.FunctionDef) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [it for it in (arguments.vararg, arguments.kwarg) if it is not None]
        annotations = [it.annotation for it in every if it.annotation is not None]
        if node.returns is not None:
            annotations.append(node.returns)
        self._for_types |= module.imports_for(annotations)
        defaults = [*arguments.defaults, *(it for it in arguments.kw_defaults if it is not None)]
        self._at_run_time |= module.imports_for(defaults)


# Classes whose methods wait: the modules that have their twins.
TWINS = {"Catalogger": "pyggcr.aio.listing", "Lister": "pyggcr.aio.listing"}

# Pure functions, which never wait.
SYNCHRONOUS = {"loaded_images"}


def _returned(node: ast.FunctionDef) -> str:
    return "None" if node.returns is None else ast.unparse(node.returns)


def _passed_on(arguments: ast.arguments) -> list[str]:
    """The arguments of a call that hands all parameters on, ``self`` excepted."""
    passed = [it.arg for it in [*arguments.posonlyargs, *arguments.args] if it.arg != "self"]
    passed += [f"*{arguments.vararg.arg}"] if arguments.vararg is not None else []
    passed += [f"{it.arg}={it.arg}" for it in arguments.kwonlyargs]
    passed += [f"**{arguments.kwarg.arg}"] if arguments.kwarg is not None else []
    return passed
