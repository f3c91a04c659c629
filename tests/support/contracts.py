"""What a module has that its Protocol does not state, and the other way round.

mypy compares types, but takes a module whose function has one parameter more, with a default, or
``*args``; and nobody but this compares what a module has beyond the Protocol.
"""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

# A function may allow positions, too: engines call their own functions so.
ALLOWED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def methods_of(protocol: type) -> dict[str, inspect.Signature]:
    """The methods of a Protocol, ``self`` taken away."""
    found = {}
    for name, method in vars(protocol).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            signature = inspect.signature(method)
            found[name] = signature.replace(parameters=[*signature.parameters.values()][1:])
    return found


def differences(protocol: type, engine: Any) -> list[str]:
    """Where an engine's module is not what its Protocol says, sorted."""
    methods = methods_of(protocol)
    found = [f"{name}: not in the contract" for name in functions_of(engine) - methods.keys()]
    for name, signature in methods.items():
        function = getattr(engine, name, None)
        if function is None:
            found.append(f"{name}: missing")
        else:
            found += [f"{name}: {it}" for it in _compared(signature, inspect.signature(function))]
    return sorted(found)


def functions_of(engine: Any) -> set[str]:
    """The public functions that a module defines, or that it lists as its own."""
    listed = set(getattr(engine, "__all__", ()))
    if isinstance(engine, ModuleType):
        listed |= {
            name
            for name, value in vars(engine).items()
            if inspect.isfunction(value) and value.__module__ == engine.__name__
        }
    return {name for name in listed if not name.startswith("_")}


def _compared(wanted: inspect.Signature, got: inspect.Signature) -> list[str]:
    found = []
    for it in got.parameters.values():
        if it.kind not in ALLOWED:
            found.append(f"{it} is {it.kind.description}")
        elif it.default is not inspect.Parameter.empty:
            found.append(f"{it.name} has a default")
    allowed = {it.name for it in got.parameters.values() if it.kind in ALLOWED}
    found += [f"no {name}" for name in wanted.parameters.keys() - allowed]
    found += [f"{name} is not in the contract" for name in allowed - wanted.parameters.keys()]
    return found
