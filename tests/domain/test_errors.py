"""Every error carries what the tree at the head of `tsunagi.errors` promises."""

import inspect
import re
from typing import Any

import pytest

from tsunagi import errors
from tsunagi.errors import TsunagiError, names_record
from tsunagi.text import Text

WORDS = Text(en="It failed.", ja="失敗しました。")
ERRORS = sorted(
    (kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TsunagiError)),
    key=lambda kind: kind.__name__,
)
PUBLIC = [kind for kind in ERRORS if not kind.__name__.startswith("_")]


def tree() -> dict[str, tuple[str, str]]:
    """The documented errors: name -> the name above it, and what the line says."""
    found: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        shown = re.fullmatch(r"((?:\|   |    )*(?:\+-- )?)([A-Z]\w+)\s{2,}(.+)", line)
        if shown:
            depth = len(shown[1]) // 4
            above[depth:] = [shown[2]]
            found[shown[2]] = (above[depth - 1] if depth else "Exception", shown[3])
    return found


def fields_of(kind: type[TsunagiError]) -> list[str]:
    return [name for name in inspect.signature(kind).parameters if name not in ("message", "hint", "args", "kwargs")]


def made(kind: type[TsunagiError], values: dict[str, Any]) -> TsunagiError:
    words = {"message": WORDS} if "message" in inspect.signature(kind).parameters else {}
    return kind(**words, **values)


def test_the_tree_shows_every_error_below_the_one_it_is_a_kind_of() -> None:
    def parent(kind: type) -> str:
        base = kind.__mro__[1]
        return parent(base) if base.__name__.startswith("_") else base.__name__

    assert {name: above for name, (above, _) in tree().items()} == {kind.__name__: parent(kind) for kind in PUBLIC}


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_an_error_carries_the_fields_it_is_made_with_and_the_tree_names_them(kind: type[TsunagiError]) -> None:
    own = [name for name in fields_of(kind) if name not in fields_of(kind.__mro__[1])]
    assert [name for name in own if not re.search(rf"\b{name}\b", tree()[kind.__name__][1])] == []

    values: dict[str, Any] = {
        name: {"problems": {"field": WORDS}, "awaits": ()}.get(name, f"<{name}>") for name in fields_of(kind)
    }
    error = made(kind, values)
    assert {name: getattr(error, name) for name in values} == values
    assert str(error)


def test_an_error_of_the_client_gets_the_record_its_connector_was_called_for() -> None:
    class Connector:
        @names_record
        def get(self, ref: str, known: str = "") -> str:
            raise errors.RecordNotFound(WORDS, service="ledger", ref=known)

    with pytest.raises(errors.RecordNotFound) as caught:
        Connector().get("ledger.bill:1")
    assert caught.value.ref == "ledger.bill:1"
    with pytest.raises(errors.RecordNotFound) as caught:
        Connector().get("ledger.bill:1", known="ledger.vendor:2")
    assert caught.value.ref == "ledger.vendor:2"
