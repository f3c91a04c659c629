"""The Go functions of the library: one entry point, and the table that the library reports.

``function(name)`` finds a function by its Go name, such as ``partial.FSLayers``; calling it encodes
the arguments by the kinds that the table reports, waits under the limits in force, and decodes the
answer. The twin of native/table.go, argument.go and result.go. Which Python function a Go function
belongs to is for ``derive`` and the modules of the packages.
"""

from __future__ import annotations

from pyggcr._go import arguments, call, library, results
from pyggcr.errors import EngineUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Function", "function", "functions"]


class Function:
    """A Go function, ready to be called with positional arguments.

    Attributes:
        name: its Go name.
        parameters: the Python name and the kind of each parameter.
        result: the kind of its result.
        inline: whether it answers at once, without looking at limits.
    """

    __slots__ = (
        "_decode",
        "_encoders",
        "_lasting",
        "inline",
        "name",
        "number",
        "parameters",
        "result",
    )

    def __init__(
        self, number: int, name: str, parameters: Sequence[Sequence[str]], result: str, inline: bool
    ) -> None:
        self.number = number
        self.name = name
        self.parameters = tuple((word, kind) for word, kind in parameters)
        self.result = result
        self.inline = inline
        self._encoders = tuple(arguments.encoder(kind) for _word, kind in self.parameters)
        self._decode = results.decoder(result)
        self._lasting = results.lasts(result)

    def __call__(self, *values: object) -> Any:
        """Call the function in Go.

        Args:
            values: one for each parameter, of the Python type that its kind stands for.

        Raises:
            Error: what Go returned, or what a Python value or opener raised meanwhile.
            TypeError: there are too many or too few values, or one is of another type.
        """
        if len(values) != len(self._encoders):
            raise TypeError(f"{self.name} takes {len(self._encoders)} arguments, not {len(values)}")
        given = arguments.Arguments(lasting=self._lasting)
        encoded = b"".join(
            [encode(value, given) for encode, value in zip(self._encoders, values, strict=True)]
        )
        if self.inline:
            return call.at_once(self.number, encoded, self._decode)
        return call.under_limits(self.number, encoded, self._decode, given.sources)

    def __repr__(self) -> str:
        words = ", ".join(f"{word}: {kind}" for word, kind in self.parameters)
        return f"<Go function {self.name}({words}) -> {self.result}>"


_found: dict[str, Function] = {}


def functions() -> dict[str, list[Any]]:
    """The table as the library reports it, by Go names: number, parameters, result, inline."""
    return library.load().functions


def function(name: str) -> Function:
    """The function with this Go name.

    Raises:
        EngineUnavailableError: the library is older than this package and lacks it.
    """
    found = _found.get(name)
    if found is None:
        entry = functions().get(name)
        if entry is None:
            raise EngineUnavailableError(
                f"the Go engine's library has no function {name}; {library.REINSTALL}"
            )
        found = _found[name] = Function(entry[0], name, *entry[1:])
    return found
