"""Faults to inject: which calls they hit, how often, and what goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count as numbers
from random import Random
from typing import Any, Literal, get_args

FaultKind = Literal["status", "delay", "drop_before", "drop_after", "duplicate_callback", "expire_token", "rate_limit"]
KINDS: tuple[str, ...] = get_args(FaultKind)
_OPTIONS = {"kind", "method", "path", "count", "skip", "probability", "seed", "status", "seconds", "code", "body"}


class InvalidFaultError(ValueError):
    """A fault description that cannot be understood; the text names the key and what is valid."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault. It hits calls whose method and path match the patterns (`*` and `?` wildcards).

    The first `skip` matching calls pass; then each is hit with `probability` (drawn from `seed`), until `count`
    were hit (None: no end). `status` and `body` (an object, or a text for an answer that is no JSON) belong to kind
    "status", `seconds` to "delay", `code` (Books: 44, 45, 1070) and `seconds` (asked for in Retry-After, 0: not said)
    to "rate_limit". A "duplicate_callback" is matched against the module's path, e.g. `/crm/v8/Deals`.
    """

    id: str
    kind: FaultKind
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int = 500
    seconds: float = 0.0
    code: str | None = None
    body: dict[str, Any] | str | None = None
    hits: int = 0
    seen: int = 0
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311  (reproducible on purpose, no secret)

    def strikes(self, method: str, path: str) -> bool:
        """Whether this call is hit; counts it when it is."""
        if self.count is not None and self.hits >= self.count:
            return False
        if not (fnmatchcase(method, self.method) and fnmatchcase(path, self.path)):
            return False
        self.seen += 1
        if self.seen <= self.skip or self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        names = ("id", *sorted(_OPTIONS), "hits", "seen")
        return {name: getattr(self, name) for name in names}


class Faults:
    """The faults in force, in the order they were added. They live as long as the process."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._ids = numbers(1)

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def add(self, description: dict[str, Any]) -> Fault:
        """Add a fault from its JSON description; raises InvalidFaultError."""
        _check(description)
        fault = Fault(id=str(next(self._ids)), **description)
        self._faults[fault.id] = fault
        return fault

    def remove(self, fault_id: str) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def striking(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this call; each is counted."""
        if not self._faults:
            return []
        return [f for f in self if f.kind != "duplicate_callback" and f.strikes(method, path)]

    def duplicate_callback(self, path: str) -> bool:
        """Whether the callback about the module at `path` is to be delivered twice."""
        return any(f.kind == "duplicate_callback" and f.strikes("POST", path) for f in self)


def _check(description: dict[str, Any]) -> None:
    unknown = sorted(set(description) - _OPTIONS)
    if unknown:
        raise InvalidFaultError(f"unknown keys {unknown}; valid are {sorted(_OPTIONS)}")
    if description.get("kind") not in KINDS:
        raise InvalidFaultError(f"kind is {description.get('kind')!r}; valid are {list(KINDS)}")
    _check_numbers(description)


def _check_numbers(description: dict[str, Any]) -> None:
    for name in ("count", "skip", "seed", "status"):
        value = description.get(name)
        if value is not None and not isinstance(value, int):
            raise InvalidFaultError(f"{name} is {value!r}; it must be a whole number")
    for name in ("probability", "seconds"):
        if name in description:
            description[name] = _number(name, description[name])
    if description.get("code") is not None:
        description["code"] = str(description["code"])


def _number(name: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise InvalidFaultError(f"{name} is {value!r}; it must be a number") from error
