"""``dataclass`` as in the standard library, at a tenth of its cost when a command starts.

The standard decorator writes source for every class and compiles it. This one puts functions
together that are compiled already; docs/decisions/0011 has the figures. The classes behave the
same, in ``copy``, ``pickle``, ``inspect`` and the functions of ``dataclasses`` too. Whatever is
seldom asked for (``dataclasses.fields``, a signature, the text of a ``TypeError``) comes from a
standard data class that is made when needed.

Type checkers see the standard functions. Options that no class of ours uses, such as ``kw_only``
and ``InitVar``, do not belong here; importing more than ``itertools`` and ``operator`` neither.
"""

from __future__ import annotations

import operator
from itertools import repeat
from reprlib import recursive_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterable, Mapping
    from dataclasses import asdict, dataclass, field, fields, replace
    from typing import Any

    Options = dict[str, Any]  # of the decorator

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]

_MISSING: Any = object()
_SPEC = "__dataclass_spec__"
_ORDER = {
    "__lt__": operator.lt,
    "__le__": operator.le,
    "__gt__": operator.gt,
    "__ge__": operator.ge,
}


class _Field:
    """One field; the attributes are those of ``dataclasses.Field``."""

    __slots__ = ("compare", "default", "default_factory", "init", "name", "repr", "type")

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Callable[[], Any] | None = None,
        init: bool = True,
        repr: bool = True,  # noqa: A002  (the names of dataclasses.field)
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.type = ""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare


class _Spec:
    """What the shared functions below know of a class."""

    __slots__ = ("fields", "init", "names", "options", "qualname", "shown", "standard")

    def __init__(self, qualname: str, fields: dict[str, _Field], options: Options) -> None:
        self.qualname = qualname
        self.fields = fields
        self.names = tuple(fields)
        self.shown = tuple([it.name for it in fields.values() if it.repr])
        self.options = options
        self.init: Callable[..., None] | None = None
        self.standard: type | None = None  # made by _standard


def _dataclass(
    cls: type | None = None,
    /,
    *,
    init: bool = True,
    repr: bool = True,  # noqa: A002  (the names of dataclasses.dataclass)
    eq: bool = True,
    order: bool = False,
    frozen: bool = False,
    slots: bool = False,
) -> Any:
    """Make a data class, as ``dataclasses.dataclass`` does."""
    options = {"init": init, "repr": repr, "eq": eq, "order": order, "frozen": frozen}

    def decorate(cls: type) -> type:
        return _make(cls, options, slots)

    return decorate if cls is None else decorate(cls)


def _make(cls: type, options: Options, slots: bool) -> type:
    own = _own_fields(cls)
    inherited: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        if spec := base.__dict__.get(_SPEC):
            inherited.update(spec.fields)
    spec = _Spec(cls.__qualname__, inherited | own, options)
    methods = _methods(cls, spec, slots)
    if slots:
        # Slots cannot be added to a class, and their names cannot be class attributes.
        namespace = {key: value for key, value in cls.__dict__.items() if key not in own}
        for key in ("__dict__", "__weakref__"):
            namespace.pop(key, None)
        slot_names = tuple([name for name in own if name not in inherited])
        namespace.update(methods, __slots__=slot_names, __qualname__=cls.__qualname__)
        return type(cls)(cls.__name__, cls.__bases__, namespace)
    for name, one in own.items():
        if one.default is not _MISSING:
            setattr(cls, name, one.default)
        elif name in cls.__dict__:
            delattr(cls, name)
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _own_fields(cls: type) -> dict[str, _Field]:
    fields = {}
    for name, annotation in cls.__annotations__.items():
        if annotation.startswith("ClassVar"):
            continue
        one = cls.__dict__.get(name, _MISSING)
        if not isinstance(one, _Field):
            one = _Field(default=one)
        if one.default.__class__.__hash__ is None:
            raise ValueError(
                f"mutable default {type(one.default)} for field {name} is not allowed: "
                "use default_factory"
            )
        one.name = name
        one.type = annotation
        fields[name] = one
    return fields


def _methods(cls: type, spec: _Spec, slots: bool) -> dict[str, Any]:
    options = spec.options
    written = cls.__dict__  # methods that the class defines itself win, as in the standard library
    arguments = tuple([one.name for one in spec.fields.values() if one.init])
    methods: dict[str, Any] = {
        _SPEC: spec,
        "__match_args__": arguments,
        "__replace__": _replace_method,
        "__dataclass_fields__": _FromStandard("__dataclass_fields__"),
        "__dataclass_params__": _FromStandard("__dataclass_params__"),
    }
    if options["init"]:
        spec.init = methods["__init__"] = _init(spec, arguments, hasattr(cls, "__post_init__"))
        methods["__signature__"] = _Signature()
    if options["repr"] and "__repr__" not in written:
        methods["__repr__"] = _repr
    if options["eq"]:
        methods.update(_comparison(spec, written))
    if options["frozen"]:
        methods["__setattr__"] = _refuse_setattr
        methods["__delattr__"] = _refuse_delattr
        if slots and "__getstate__" not in written:
            methods["__getstate__"] = _getstate
            methods["__setstate__"] = _setstate
    return methods


def _init(spec: _Spec, arguments: tuple[str, ...], has_post_init: bool) -> Callable[..., None]:
    names = spec.names
    every = spec.fields.values()
    count = len(names) if arguments == names else -1
    allowed = frozenset(arguments)
    factories = [(one.name, one.default_factory) for one in every if one.default_factory]
    required = frozenset(
        one.name for one in every if one.default is _MISSING and one.default_factory is None
    )
    defaults = tuple([one.default for one in every])
    # The one for frozen classes takes five times as long.
    assign = object.__setattr__ if spec.options["frozen"] else setattr

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        # `any` and `map` are the fastest loop there is: setting an attribute returns None.
        if kwargs or len(args) != count:
            any(map(assign, repeat(self), names, complete(args, kwargs)))
        else:
            any(map(assign, repeat(self), names, args))
        if has_post_init:
            self.__post_init__()

    def complete(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterable[Any]:
        given = dict(zip(arguments, args, strict=False), **kwargs) if args else kwargs
        if (
            len(given) != len(args) + len(kwargs)  # too many, or one given twice
            or not given.keys() <= allowed
            or (required and not required <= given.keys())
        ):
            _standard(spec)(*args, **kwargs)  # raises Python's own TypeError
        for name, make in factories:
            if name not in given:
                given[name] = make()
        return map(given.get, names, defaults)

    return __init__


def _comparison(spec: _Spec, written: Mapping[str, Any]) -> dict[str, Any]:
    compared = [one.name for one in spec.fields.values() if one.compare]
    values: Callable[[Any], tuple[Any, ...]]
    if len(compared) > 1:
        values = operator.attrgetter(*compared)
    else:

        def values(instance: Any) -> tuple[Any, ...]:
            return tuple([getattr(instance, name) for name in compared])

    def method(name: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def compare_values(self: Any, other: Any) -> Any:
            if other.__class__ is self.__class__:
                return compare(values(self), values(other))
            return NotImplemented

        compare_values.__name__ = name
        return compare_values

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    methods: dict[str, Any] = {}
    if "__eq__" not in written:
        methods["__eq__"] = method("__eq__", operator.eq)
    if spec.options["order"]:
        methods.update({name: method(name, compare) for name, compare in _ORDER.items()})
    if written.get("__hash__") is None:
        methods["__hash__"] = __hash__ if spec.options["frozen"] else None
    return methods


# The methods that are the same function in every class.


@recursive_repr()
def _repr(self: Any) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name in self.__dataclass_spec__.shown]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_setattr(self: Any, name: str, value: Any) -> None:
    if not _is_frozen(self, name):
        object.__setattr__(self, name, value)
        return
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delattr(self: Any, name: str) -> None:
    if not _is_frozen(self, name):
        object.__delattr__(self, name)
        return
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _is_frozen(instance: Any, name: str) -> bool:
    # A subclass that is no data class may have attributes of its own.
    return _SPEC in type(instance).__dict__ or name in instance.__dataclass_spec__.fields


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__dataclass_spec__.names]


def _setstate(self: Any, state: Iterable[Any]) -> None:
    any(map(object.__setattr__, repeat(self), self.__dataclass_spec__.names, state))


def _replace_method(self: Any, /, **changes: Any) -> Any:
    every = self.__dataclass_spec__.fields.values()
    if fixed := [one.name for one in every if not one.init and one.name in changes]:
        raise ValueError(f"field {fixed[0]} is declared with init=False, it cannot be replaced")
    kept = {one.name: getattr(self, one.name) for one in every if one.init}
    return self.__class__(**kept | changes)


# What a standard data class answers for.


def _standard(spec: _Spec) -> type:
    """The standard data class with the same fields and options."""
    if spec.standard is None:
        import dataclasses

        fields = []
        for one in spec.fields.values():
            facts: dict[str, Any] = {"init": one.init, "repr": one.repr, "compare": one.compare}
            if one.default_factory is not None:
                facts["default_factory"] = one.default_factory
            elif one.default is not _MISSING:
                facts["default"] = one.default
            fields.append((one.name, one.type, dataclasses.field(**facts)))
        spec.standard = dataclasses.make_dataclass(spec.qualname, fields, **spec.options)
    return spec.standard


class _FromStandard:
    """An attribute that ``dataclasses`` looks for."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        return getattr(_standard(getattr(owner, _SPEC)), self._name)


class _Signature:
    """The signature of a class, for ``inspect`` and ``help``."""

    __slots__ = ()

    def __get__(self, instance: object, owner: Any) -> inspect.Signature:
        spec = getattr(owner, _SPEC)
        if instance is not None or owner.__init__ is not spec.init:
            raise AttributeError("__signature__")
        import inspect

        return inspect.signature(_standard(spec))


# The functions of dataclasses, without its import for classes made here.


def _is_ours(value: object) -> bool:
    return _SPEC in type(value).__dict__


def _fields(instance: Any) -> tuple[Any, ...]:
    """The fields of an instance, as ``dataclasses.fields`` gives them."""
    if _is_ours(instance):
        return tuple(instance.__dataclass_spec__.fields.values())
    from dataclasses import fields as standard

    return standard(instance)


def _replace(instance: Any, /, **changes: Any) -> Any:
    """A copy with other values, as ``dataclasses.replace`` makes it."""
    if _is_ours(instance):
        return _replace_method(instance, **changes)
    from dataclasses import replace as standard

    return standard(instance, **changes)


def _asdict(value: Any) -> Any:
    """The fields as a dictionary, as ``dataclasses.asdict``, but other values are not copied."""
    if _is_ours(value):
        return {name: _asdict(getattr(value, name)) for name in value.__dataclass_spec__.names}
    if isinstance(value, dict):
        return {key: _asdict(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_asdict, value))
    if hasattr(type(value), "__dataclass_fields__"):
        from dataclasses import asdict as standard

        return standard(value)
    return value


if not TYPE_CHECKING:
    asdict = _asdict
    dataclass = _dataclass
    field = _Field
    fields = _fields
    replace = _replace
