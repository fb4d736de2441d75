
"""Reading and writing messages."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""Any JSON."""

T = TypeVar("T")
E = TypeVar("E")
K = TypeVar("K")
C = TypeVar("C", bound=Enum)


class DecodeError(ValueError):
    """JSON that is not of the type that was expected."""

    def __init__(self, at: str, expected: str) -> None:
        super().__init__(f"at {at}: expected {expected}")
        self.at = at


def _refused(constant: str) -> Json:
    raise DecodeError("$", f"JSON, not {constant}")


def parse(text: str) -> Json:
    """Reads JSON."""
    try:
        value: Json = json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise DecodeError("$", f"JSON: {error}") from error
    except RecursionError:
        raise DecodeError("$", "JSON that is less deep") from None
    return value


def stringify(value: Json) -> str:
    """Writes JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """Takes JSON apart and puts it together."""

    decode: Callable[[Json, str], T]
    encode: Callable[[T], Json]

    def from_json(self, value: Json) -> T:
        """The value that this JSON means."""
        return self.decode(value, "$")

    def to_json(self, value: T) -> Json:
        """The JSON for a value."""
        return self.encode(value)


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """A success."""

    value: T


@dataclass(frozen=True, slots=True)
class Err(Generic[E]):
    """A failure."""

    error: E


@dataclass(frozen=True, slots=True)
class Range(Generic[T]):
    """From a start to an end."""

    start: T
    end: T


@dataclass(frozen=True, slots=True)
class Included(Generic[T]):
    """A bound that is inside."""

    value: T


@dataclass(frozen=True, slots=True)
class Excluded(Generic[T]):
    """A bound that is outside."""

    value: T


@dataclass(frozen=True, slots=True)
class Unbounded:
    """No bound."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Seconds and nanoseconds."""

    secs: int
    nanos: int


def lazy(make: Callable[[], Codec[T]]) -> Codec[T]:
    """A codec that is made when it is needed, so that types can hold themselves."""
    made: list[Codec[T]] = []

    def codec() -> Codec[T]:
        if not made:
            made.append(make())
        return made[0]

    return Codec(lambda value, at: codec().decode(value, at), lambda value: codec().encode(value))


def _object(value: Json, at: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise DecodeError(at, "an object")
    return value


def _items(value: Json, at: str) -> list[Json]:
    if not isinstance(value, list):
        raise DecodeError(at, "a list")
    return value


def _any(value: Json, at: str) -> Json:
    return value


def _nothing(value: Json, at: str) -> None:
    if value is not None:
        raise DecodeError(at, "null")


def _boolean(value: Json, at: str) -> bool:
    if not isinstance(value, bool):
        raise DecodeError(at, "true or false")
    return value


def _text(value: Json, at: str) -> str:
    if not isinstance(value, str):
        raise DecodeError(at, "a text")
    return value


def _character(value: Json, at: str) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise DecodeError(at, "one character")
    return value


def _number(value: Json, at: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise DecodeError(at, "a number")
    return value


def _encode(value: Json) -> Json:
    return value


any_json: Codec[Json] = Codec(_any, _encode)
nothing: Codec[None] = Codec(_nothing, _encode)
boolean: Codec[bool] = Codec(_boolean, _encode)
text: Codec[str] = Codec(_text, _encode)
character: Codec[str] = Codec(_character, _encode)
number: Codec[int | float] = Codec(_number, _encode)
floating: Codec[float] = Codec(lambda value, at: float(_number(value, at)), _encode)


def integer(least: int, greatest: int, zero: bool = True) -> Codec[int]:
    """An integer in a range."""

    def decode(value: Json, at: str) -> int:
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        if not isinstance(value, int) or not is_integer or not least <= value <= greatest:
            raise DecodeError(at, f"an integer from {least} to {greatest}")
        if value == 0 and not zero:
            raise DecodeError(at, "an integer other than 0")
        return value

    return Codec(decode, _encode)


def optional(inner: Codec[T]) -> Codec[T | None]:
    """A value or null."""
    return Codec(
        lambda value, at: None if value is None else inner.decode(value, at),
        lambda value: None if value is None else inner.encode(value),
    )


def sequence(item: Codec[T], length: int | None = None) -> Codec[list[T]]:
    """A list, perhaps of a fixed length."""

    def decode(value: Json, at: str) -> list[T]:
        items = _items(value, at)
        if length is not None and len(items) != length:
            raise DecodeError(at, f"{length} items")
        return [item.decode(found, f"{at}[{index}]") for index, found in enumerate(items)]

    return Codec(decode, lambda value: [item.encode(found) for found in value])


def row(*items: Codec[Any]) -> Codec[Any]:
    """Values of different types in a row."""

    def decode(value: Json, at: str) -> tuple[Any, ...]:
        found = _items(value, at)
        if len(found) != len(items):
            raise DecodeError(at, f"{len(items)} items")
        return tuple(item.decode(one, f"{at}[{index}]") for index, (item, one) in enumerate(zip(items, found)))

    return Codec(decode, lambda value: [item.encode(one) for item, one in zip(items, value, strict=True)])


def mapping(values: Codec[T]) -> Codec[dict[str, T]]:
    """A map whose keys are texts."""
    return Codec(
        lambda value, at: {key: values.decode(one, f"{at}.{key}") for key, one in _object(value, at).items()},
        lambda value: {key: values.encode(one) for key, one in value.items()},
    )


def numbered(values: Codec[T], pattern: str) -> Codec[dict[int, T]]:
    """A map whose keys are integers."""

    def decode(value: Json, at: str) -> dict[int, T]:
        found = _object(value, at)
        for key in found:
            if re.fullmatch(pattern, key) is None:
                raise DecodeError(f"{at}.{key}", "a key that is an integer")
        return {int(key): values.decode(one, f"{at}.{key}") for key, one in found.items()}

    return Codec(decode, lambda value: {str(key): values.encode(one) for key, one in value.items()})


def choice(texts: type[C], other: C | None = None) -> Codec[C]:
    """One of a few texts. Any other text is read as `other`."""

    def decode(value: Json, at: str) -> C:
        try:
            return texts(value)
        except ValueError:
            if other is not None and isinstance(value, str):
                return other
            raise DecodeError(at, " or ".join(repr(one.value) for one in texts)) from None

    def encode(value: C) -> Json:
        wire: str = value.value
        return wire

    return Codec(decode, encode)


class Absent:
    """A field that is absent, where `None` would be null."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an object."""

    name: str
    wire: str
    codec: Codec[Any]
    otherwise: Json | Absent = ABSENT
    """What stands for the field where it is absent."""
    may_be_absent: bool = False
    """Whether a value means that it is absent: `None`, or `ABSENT` if null is a value."""
    keeps_null: bool = False
    """Whether `None` is null, and `ABSENT` means that it is absent."""
    aliases: Sequence[str] = ()
    """Other names under which it is read."""


def structure(
    make: Callable[..., T],
    fields: Sequence[Field],
    *,
    closed: bool = False,
    flattened: Sequence[tuple[str, Codec[Any]]] = (),
    rest: tuple[str, Codec[Any]] | None = None,
) -> Codec[T]:
    """An object with fields."""
    known = {name for field in fields for name in (field.wire, *field.aliases)}

    def decode(value: Json, at: str) -> T:
        found = _object(value, at)
        decoded: dict[str, Any] = {name: codec.decode(value, at) for name, codec in flattened}
        for field in fields:
            decoded[field.name] = _field(field, found, f"{at}.{field.wire}")
        others = {key: one for key, one in found.items() if key not in known}
        if closed and others:
            raise DecodeError(f"{at}.{next(iter(others))}", "no such field")
        if rest is not None:
            decoded[rest[0]] = {key: rest[1].decode(one, f"{at}.{key}") for key, one in others.items()}
        return make(**decoded)

    def encode(value: T) -> Json:
        def get(name: str) -> Any:
            return value[name] if isinstance(value, dict) else getattr(value, name)

        encoded: dict[str, Json] = {}
        for name, codec in flattened:
            encoded.update(_object(codec.encode(get(name)), "$"))
        for field in fields:
            inner = get(field.name)
            absent = ABSENT if field.keeps_null else None
            if inner is not absent or not field.may_be_absent:
                encoded[field.wire] = field.codec.encode(inner)
        if rest is not None:
            encoded.update({key: rest[1].encode(one) for key, one in get(rest[0]).items()})
        return encoded

    return Codec(decode, encode)


def _field(field: Field, found: dict[str, Json], at: str) -> Any:
    for name in (field.wire, *field.aliases):
        if name in found:
            return field.codec.decode(found[name], at)
    if field.may_be_absent:
        return ABSENT if field.keeps_null else None
    if isinstance(field.otherwise, Absent):
        raise DecodeError(at, "a value")
    return field.codec.decode(field.otherwise, at)


def arguments(fields: Sequence[Field]) -> Codec[dict[str, Any]]:
    """The arguments of a method, as an object."""
    return structure(dict, fields)


def wrapper(make: Callable[[Any], T], inner: Codec[Any], name: str = "value") -> Codec[T]:
    """A value inside another."""
    return Codec(
        lambda value, at: make(inner.decode(value, at)),
        lambda value: inner.encode(getattr(value, name)),
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several types; a unit has no codec for its content."""

    wire: str
    type: type[Any]
    content: Codec[Any] | None = None


def _variant(variants: Sequence[Variant], value: object) -> Variant:
    for variant in variants:
        if isinstance(value, variant.type):
            return variant
    raise TypeError(f"{type(value).__name__} is no variant of this type")


def _named(known: dict[str, Variant], name: Json, other: str | None) -> Variant | None:
    if not isinstance(name, str):
        return None
    unknown = None if other is None else known.get(other)
    return known.get(name, unknown)


def _names(variants: Sequence[Variant]) -> str:
    return " or ".join(repr(variant.wire) for variant in variants)


def external(*variants: Variant, flattened: bool = False, other: str | None = None) -> Codec[Any]:
    """Variants in an object with one field that is called like the variant. Any other text is read as `other`."""
    known = {variant.wire: variant for variant in variants}

    def decode(value: Json, at: str) -> Any:
        if other is not None and isinstance(value, str) and value not in known:
            value = other
        if isinstance(value, str) and value in known:
            unit = known[value]
            if unit.content is None:
                return unit.type()
        found = _object(value, at)
        names = [name for name in found if name in known]
        if len(names) != 1 or (len(found) != 1 and not flattened):
            raise DecodeError(at, _names(variants))
        variant, inner = known[names[0]], found[names[0]]
        if variant.content is None:
            nothing.decode(inner, f"{at}.{names[0]}")
            return variant.type()
        return variant.content.decode(inner, f"{at}.{names[0]}")

    def encode(value: object) -> Json:
        variant = _variant(variants, value)
        if variant.content is None:
            return {variant.wire: None} if flattened else variant.wire
        return {variant.wire: variant.content.encode(value)}

    return Codec(decode, encode)


def internal(tag: str, *variants: Variant, closed: bool = False, other: str | None = None) -> Codec[Any]:
    """Variants that are objects with a field that tells which. Any other name is read as `other`."""
    known = {variant.wire: variant for variant in variants}

    def decode(value: Json, at: str) -> Any:
        found = dict(_object(value, at))
        name = found.pop(tag, None)
        variant = _named(known, name, other)
        if variant is None:
            raise DecodeError(f"{at}.{tag}", _names(variants))
        if variant.content is None:
            if closed and found:
                raise DecodeError(f"{at}.{next(iter(found))}", "no such field")
            return variant.type()
        return variant.content.decode(found, at)

    def encode(value: object) -> Json:
        variant = _variant(variants, value)
        content = {} if variant.content is None else variant.content.encode(value)
        return {tag: variant.wire, **_object({} if content is None else content, "$")}

    return Codec(decode, encode)


def adjacent(
    tag: str, name: str, *variants: Variant, closed: bool = False, other: str | None = None
) -> Codec[Any]:
    """Variants with one field that tells which, and another with the content. Any other name is read as `other`."""
    known = {variant.wire: variant for variant in variants}

    def decode(value: Json, at: str) -> Any:
        found = _object(value, at)
        wire = found.get(tag)
        variant = _named(known, wire, other)
        if variant is None:
            raise DecodeError(f"{at}.{tag}", _names(variants))
        if closed and not set(found) <= {tag, name}:
            raise DecodeError(at, f"no other fields than {tag!r} and {name!r}")
        if variant.content is None:
            return variant.type()
        if name not in found:
            raise DecodeError(f"{at}.{name}", "a value")
        return variant.content.decode(found[name], f"{at}.{name}")

    def encode(value: object) -> Json:
        variant = _variant(variants, value)
        if variant.content is None:
            return {tag: variant.wire}
        return {tag: variant.wire, name: variant.content.encode(value)}

    return Codec(decode, encode)


def untagged(*variants: Variant) -> Codec[Any]:
    """The first of several types that fits."""

    def decode(value: Json, at: str) -> Any:
        for variant in variants:
            try:
                if variant.content is not None:
                    return variant.content.decode(value, at)
                nothing.decode(value, at)
                return variant.type()
            except DecodeError:
                continue
        raise DecodeError(at, f"one of {len(variants)} types")

    def encode(value: object) -> Json:
        variant = _variant(variants, value)
        return None if variant.content is None else variant.content.encode(value)

    return Codec(decode, encode)


def perhaps(inner: Codec[T]) -> Codec[T | None]:
    """Fields that are there together or not at all."""

    def decode(value: Json, at: str) -> T | None:
        try:
            return inner.decode(value, at)
        except DecodeError:
            return None

    return Codec(decode, lambda value: {} if value is None else inner.encode(value))


def result(ok: Codec[T], err: Codec[E]) -> Codec[Ok[T] | Err[E]]:
    """A success or a failure."""
    codec: Codec[Ok[T] | Err[E]] = external(
        Variant("Ok", Ok, wrapper(Ok, ok)), Variant("Err", Err, wrapper(Err, err, "error"))
    )
    return codec


def bound(inner: Codec[T]) -> Codec[Included[T] | Excluded[T] | Unbounded]:
    """An end of a range."""
    codec: Codec[Included[T] | Excluded[T] | Unbounded] = external(
        Variant("Included", Included, wrapper(Included, inner)),
        Variant("Excluded", Excluded, wrapper(Excluded, inner)),
        Variant("Unbounded", Unbounded),
    )
    return codec


def between(inner: Codec[T]) -> Codec[Range[T]]:
    """A range."""
    make: Callable[..., Range[T]] = Range
    fields = [Field(name="start", wire="start", codec=inner), Field(name="end", wire="end", codec=inner)]
    return structure(make, fields)


def seconds(secs: str, nanos: str) -> Codec[Seconds]:
    """Seconds and nanoseconds under these names."""
    whole, rest = integer(0, 2**64 - 1), integer(0, 2**32 - 1)
    fields = [Field(name="secs", wire=secs, codec=whole), Field(name="nanos", wire=nanos, codec=rest)]
    return structure(Seconds, fields)


@dataclass(frozen=True, slots=True)
class Messages:
    """How the messages of a method are read and written."""

    request: Codec[Any]
    reply: Codec[Any] | None = None
    error: Codec[Any] | None = None
