"""``pyggcr.aio``: each public function and interface once more, to be awaited."""

from __future__ import annotations

import ast
import copy
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
_OPENED = Origin("pyggcr.aio.threads", "opened", "opened")
_UNWRAPPING = Origin("pyggcr.aio.objects", "unwrapping", "unwrapping")
_OBJECT = Origin("pyggcr.aio.objects", "AsyncObject", "AsyncObject")

IMAGES = "pyggcr.aio.images"

# Classes whose methods block: where their twins are.
TWINS = {
    "Catalogger": Origin("pyggcr.aio.listing", "Catalogger", "Catalogger"),
    "Image": Origin(IMAGES, "Image", "Image"),
    "ImageIndex": Origin(IMAGES, "ImageIndex", "ImageIndex"),
    "Layer": Origin(IMAGES, "Layer", "Layer"),
    "Lister": Origin("pyggcr.aio.listing", "Lister", "Lister"),
    "RawIOBase": Origin("pyggcr.aio.objects", "Stream", "Stream"),
    "RemoteDescriptor": Origin("pyggcr.aio.descriptor", "RemoteDescriptor", "RemoteDescriptor"),
}
# Those of them that functions take: the one that blocks or its twin.
_TAKEN = ("v1.Image", "v1.ImageIndex", "v1.Layer")
# Types that include them, and have twins of the same names.
_UNIONS = {
    name: Origin("pyggcr.aio.descriptor", name, name) for name in ("Images", "Part", "Source")
}

# Pure functions, which never wait.
SYNCHRONOUS = {"loaded_images"}


class AsyncModule:
    """The twin of a public module, piece by piece."""

    def __init__(self, module: Module, target: str, clients: dict[str, Module]) -> None:
        """Take a public module, the name of its twin, and the modules of its clients."""
        self._module = module
        self._target = target
        self._clients = clients
        self._short = module.name.rpartition(".")[2]
        self._at_run_time = {Origin(*module.name.rpartition(".")[::2], self._short)}
        self._for_types: set[Origin] = set()
        self._pieces: list[str] = []
        self._names: list[str] = []

    def text(self) -> str:
        """The source of the twin of a module of functions."""
        for name in self._module.exported:
            if name in self._clients:
                self._add_client(name, self._clients[name])
            elif self._module.is_function(name) and name not in SYNCHRONOUS:
                self._add_function(name)
        also = " and classes" if self._clients else ""
        return self._whole(f"the same functions{also}, to be awaited")

    def text_of_interfaces(self) -> str:
        """The source of the twin of a module of interfaces."""
        for name in self._module.exported:
            wrapped = f"{self._short}.{name}"
            self._at_run_time.add(_OBJECT)
            self._add_class(
                self._module,
                self._module.class_(name),
                f"class {name}(AsyncObject[{wrapped}]):\n"
                f'    """The interface ``v1.{name}`` with methods to be awaited."""\n',
                wrapped,
            )
        return self._whole("objects whose methods are awaited")

    def _whole(self, what: str) -> str:
        source = path_of(self._module.name).relative_to(path_of("pyggcr").parents[1])
        head = f'"""``{self._module.name}`` for asyncio: {what}.\n\n'
        head += f"{NOTICE.format(source=source)}\n"
        head += '"""\n\nfrom __future__ import annotations\n\n'
        head += import_block(self._at_run_time) + "\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n"
        for_types = {
            it for it in self._for_types if it.alias != self._short and it.module != self._target
        }
        head += textwrap.indent(import_block(for_types - self._at_run_time), "    ")
        head += f"\n__all__ = {sorted(self._names)!r}\n\n\n"
        return formatted(head + "\n\n".join(self._pieces), path_of(self._target))

    def _add_function(self, name: str) -> None:
        module, node = self._module.function(name)
        self._names.append(name)
        self._pieces.append(self._twin(module, node, f"{self._short}.{name}", ""))

    def _add_client(self, name: str, module: Module) -> None:
        """Add a class that owns connections; the object is made in a thread."""
        made = f"{self._short}.{name}"
        self._for_types.add(Origin("typing_extensions", "Unpack", "Unpack"))
        self._at_run_time |= {
            Origin("pyggcr._values.remote", "ConnectionOptions", "ConnectionOptions"),
            Origin("functools", "", "functools"),
            Origin("pyggcr.limits", "check_known", "check_known"),
            Origin("pyggcr.aio.objects", "AsyncClient", "AsyncClient"),
        }
        self._add_class(
            module,
            module.class_(name),
            f"class {name}(AsyncClient[{made}]):\n"
            f'    """The class ``{made}`` with methods to be awaited."""\n\n'
            f"    def __init__(self, **options: Unpack[ConnectionOptions]) -> None:\n"
            f"        check_known(options, ConnectionOptions.__annotations__)\n"
            f"        super().__init__(functools.partial({made}, **options))\n",
            made,
        )

    def _add_class(self, module: Module, node: ast.ClassDef, head: str, wrapped: str) -> None:
        self._names.append(node.name)
        methods = [
            self._twin(module, it, f"{wrapped}.{it.name}", "self")
            for it in node.body
            if isinstance(it, ast.FunctionDef) and not it.name.startswith("_")
        ]
        self._pieces.append("\n".join([head, *methods]))

    def _twin(self, module: Module, node: ast.FunctionDef, called: str, owner: str) -> str:
        """The twin of a function, or of a method of the object that ``owner`` wraps."""
        arguments = _Both().visit(copy.deepcopy(node.args))
        returned = ast.Constant(None) if node.returns is None else node.returns
        item = returned.slice if isinstance(returned, ast.Subscript) else returned
        twin = TWINS.get(ast.unparse(item).rpartition(".")[2])
        self._remember_imports(module, arguments, None if twin else node.returns)
        kind = ast.unparse(returned)
        call = self._call(called, node, owner, opens=twin is not None and item is returned)
        if twin is not None:
            kind = kind.replace(ast.unparse(item), twin.name)
            if twin.module != self._target:
                self._at_run_time.add(twin)
            if item is returned:
                call = f"{twin.name}({call})"
            else:
                call = f"[{twin.name}(it) for it in {call}]"
        indent = "    " if owner else ""
        return (
            f"{indent}async def {node.name}({ast.unparse(arguments)}) -> {kind}:\n"
            f"{docstring(documentation(node), indent + '    ')}"
            f"{indent}    return {call}\n"
        )

    def _call(self, called: str, node: ast.FunctionDef, owner: str, *, opens: bool) -> str:
        """The call in a thread."""
        # An object that an image or an index gives may be its own: it is not for us to close.
        opens = opens and (self._target != IMAGES or ast.unparse(node.returns or node) == _STREAM)
        names = {it.id for it in ast.walk(node.args) if isinstance(it, ast.Name)}
        if names & _UNIONS.keys() or any(it in ast.unparse(node.args) for it in _TAKEN):
            called = f"unwrapping({called})"
            self._at_run_time.add(_UNWRAPPING)
        if owner:
            by = f"{owner}._open" if opens else f"{owner}._call"
        else:
            by = "opened" if opens else "run"
            self._at_run_time.add(_OPENED if opens else _RUN)
        return f"await {by}({', '.join([called, *_passed_on(node.args)])})"

    def _remember_imports(
        self, module: Module, arguments: ast.arguments, returned: ast.expr | None
    ) -> None:
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [it for it in (arguments.vararg, arguments.kwarg) if it is not None]
        annotations = [it.annotation for it in every if it.annotation is not None]
        if returned is not None:
            annotations.append(returned)
        names = {it.id for one in annotations for it in ast.walk(one) if isinstance(it, ast.Name)}
        twins = {**_UNIONS, **TWINS} if module.name != "pyggcr.v1.image" else {}
        used = {twins[name] for name in names & twins.keys()}
        self._for_types |= used | module.imports_for(annotations, local={it.name for it in used})
        defaults = [*arguments.defaults, *(it for it in arguments.kw_defaults if it is not None)]
        self._at_run_time |= module.imports_for(defaults)


_STREAM = "io.RawIOBase"


class _Both(ast.NodeTransformer):
    """Types of parameters, which become the union of a class and its twin."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if ast.unparse(node) in _TAKEN:
            return ast.BinOp(ast.Name(node.attr), ast.BitOr(), node)
        return node


def _passed_on(arguments: ast.arguments) -> list[str]:
    """The arguments of a call that hands all parameters on, ``self`` excepted."""
    passed = [it.arg for it in [*arguments.posonlyargs, *arguments.args] if it.arg != "self"]
    passed += [f"*{arguments.vararg.arg}"] if arguments.vararg is not None else []
    passed += [f"{it.arg}={it.arg}" for it in arguments.kwonlyargs]
    passed += [f"**{arguments.kwarg.arg}"] if arguments.kwarg is not None else []
    return passed
