"""``remote.Puller`` and ``remote.Pusher``: the functions of ``remote`` on one connection.

A method is the function with its ``with connected(options)`` replaced by the connection of the
object, and with the limits of a call in place of all options.
"""

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

TARGET = "pyggcr.remote.clients"
BASE = Origin("pyggcr.remote.options", "ConnectedClient", "ConnectedClient")
LIMITS = Origin("pyggcr.remote.options", "CallOptions", "CallOptions")

# Method: the function, and the method of Go if there is one.
PULLER = {
    "get": ("get", "Get"),
    "head": ("head", "Head"),
    "image": ("image", ""),
    "index": ("index", ""),
    "layer": ("layer", "Layer"),
    "list_tags": ("list_tags", "List"),
    "lister": ("lister", "Lister"),
    "catalog": ("catalog", "Catalog"),
    "catalogger": ("catalogger", "Catalogger"),
    "referrers": ("referrers", ""),
}
PUSHER = {
    "put": ("put", "Put"),
    "push": ("push", "Push"),
    "upload": ("write_layer", "Upload"),
    "delete": ("delete", "Delete"),
}
INDENT = "    "
_LIMITS_ENTRY = "limits: ``timeout`` (seconds), ``cancel`` and ``progress`` of this call."
_SHARED = (
    "The methods do the same as the functions of ``remote``. Closing the object, or leaving its "
    "``with`` block, closes idle connections; images that were fetched can still be read."
)
_DOCS = {
    "Puller": (
        "Reads from registries, with one set of connections and tokens (``remote.Puller``).",
        "",
    ),
    "Pusher": (
        "Writes to registries, with one set of connections and tokens (``remote.Pusher``).",
        "It remembers which blobs it has sent. ",
    ),
}


def text(remote: Module) -> str:
    """The source of the classes, from the module that has the functions."""
    used: set[Origin] = {BASE, LIMITS, Origin("typing_extensions", "Unpack", "Unpack")}
    classes = [_class("Puller", PULLER, remote, used), _class("Pusher", PUSHER, remote, used)]
    source = path_of(remote.name).relative_to(path_of("pyggcr").parents[1])
    head = (
        '"""``Puller`` and ``Pusher``: functions of ``pyggcr.remote`` that share a client.\n\n'
        f"{NOTICE.format(source=source)}\n"
        '"""\n\nfrom __future__ import annotations\n\n'
        f"{BASE.statement()}\n\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n"
    )
    head += textwrap.indent(import_block(used - {BASE}), "    ")
    head += '\n__all__ = ["Puller", "Pusher"]\n\n\n'
    return formatted(head + "\n\n".join(classes), path_of(TARGET))


def _class(
    name: str, methods: dict[str, tuple[str, str]], remote: Module, used: set[Origin]
) -> str:
    first, more = _DOCS[name]
    text = (
        f"class {name}(ConnectedClient):\n"
        f'    """{first}\n\n'
        f"{textwrap.fill(more + _SHARED, 100, initial_indent=INDENT, subsequent_indent=INDENT)}\n"
        '    """\n'
    )
    for method, (function, of_go) in methods.items():
        text += "\n" + _method(name, method, of_go, *remote.function(function), used)
    return text


def _method(
    name: str, method: str, of_go: str, module: Module, node: ast.FunctionDef, used: set[Origin]
) -> str:
    arguments = node.args
    parameters = [ast.unparse(it) for it in arguments.args]
    described = documentation(
        node, go=f"{name}.{of_go}" if of_go else "", arguments={"options": _LIMITS_ENTRY}
    )
    block = node.body[-1]
    if not isinstance(block, ast.With) or ast.unparse(block.items[0].context_expr) != (
        "connected(options)"
    ):
        raise LookupError(f"{node.name} does not consist of `with connected(options) as to`")
    annotations = [it.annotation for it in arguments.args if it.annotation is not None]
    annotations += [node.returns] if node.returns is not None else []
    used |= module.imports_for(annotations)
    returned = "None" if node.returns is None else ast.unparse(node.returns)
    body = "\n".join(ast.unparse(it) for it in block.body)
    indented = "".join(f"            {line}\n" for line in body.splitlines())
    return (
        f"    def {method}({', '.join(['self', *parameters])}, "
        f"**limits: Unpack[CallOptions]) -> {returned}:\n"
        f"{docstring(described, '        ')}"
        f"        with self._limited(limits) as to:\n{indented}"
    )
