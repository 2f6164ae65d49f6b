"""The catalogue of messages: each says everything it was given, in both languages."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_type_hints

import pytest

from tsunagi.domain.conflicts import Conflict
from tsunagi.domain.mapping import MatchKind, Side
from tsunagi.domain.records import RecordRef
from tsunagi.sync import reasons
from tsunagi.text import Text

# By type: an argument, and the words in which it must be heard in English and in Japanese.
Sample = tuple[Any, tuple[str, ...], tuple[str, ...]]
SAMPLES: dict[Any, Sample] = {
    Side: ("right", ("finance",), ("会計側",)),
    Conflict: (Conflict("p", "city", "a", "Kyoto", "Kobe"), ("city", "Kyoto", "Kobe"), ("city", "Kyoto", "Kobe")),
    RecordRef: (RecordRef("crm", "account", "77"), ("crm:account:77",), ("crm:account:77",)),
    Text: (Text(en="because", ja="理由"), ("because",), ("理由",)),
    Iterable[str]: (["field_one", "field_two"], ("field_one", "field_two"), ("field_one", "field_two")),
    Sequence[str]: (["field_one", "field_two"], ("field_one", "field_two"), ("field_one", "field_two")),
    Sequence[tuple[str, str]]: (
        [("field_three", "policy x")],
        ("field_three", "policy x"),
        ("field_three", "policy x"),
    ),
    Sequence[reasons.Evidence]: ([("email", "same", ["email"])], ("e-mail",), ("メール",)),
    Sequence[Sequence[reasons.Evidence]]: ([[("email", "same", ["email"])]], ("e-mail",), ("メール",)),
    str: ("a_word", ("a_word",), ("a_word",)),
    str | None: ("a_word", ("a_word",), ("a_word",)),
    int: (4321, ("4321",), ("4321",)),
}
VALUE: Sample = ("a value", ("a value",), ("a value",))

MESSAGES = [
    function
    for name, function in inspect.getmembers(reasons, inspect.isfunction)
    if function.__module__ == reasons.__name__
    and not name.startswith("_")
    and get_type_hints(function)["return"] is Text
]


CONSTANTS = {name: value for name, value in vars(reasons).items() if isinstance(value, Text)}


def samples(message: Callable[..., Text]) -> dict[str, Sample]:
    """One argument for each parameter; a type without one fails."""
    hints = get_type_hints(message)
    parameters = inspect.signature(message).parameters
    return {name: VALUE if name == "value" else SAMPLES[hints[name]] for name in parameters}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda function: function.__name__)
def test_every_parameter_is_said_in_both_languages(message: Callable[..., Text]) -> None:
    given = samples(message)
    text = message(**{name: value for name, (value, _, _) in given.items()})
    for name, (_, english, japanese) in given.items():
        assert all(word in text.en for word in english), f"{name} is missing: {text.en}"
        assert all(word in text.ja for word in japanese), f"{name} is missing: {text.ja}"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda function: function.__name__)
def test_the_japanese_is_japanese(message: Callable[..., Text]) -> None:
    text = message(**{name: value for name, (value, _, _) in samples(message).items()})
    assert not text.ja.isascii()
    assert text.en.isascii()


@pytest.mark.parametrize("text", CONSTANTS.values(), ids=CONSTANTS.keys())
def test_the_japanese_of_what_takes_nothing_is_japanese(text: Text) -> None:
    assert not text.ja.isascii()
    assert text.en.isascii()


@pytest.mark.parametrize("kind", ["email", "phone", "number"])
def test_evidence_is_named(kind: MatchKind) -> None:
    text = reasons.evidence([("name", "alike", ["name"]), (kind, "same", [kind])])
    assert text.en.startswith("Much the same name, and the same ")
