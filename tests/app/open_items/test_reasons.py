"""The catalogue of reasons: complete in both languages, and never said with a gap."""

import string

import pytest

from tsunagi import errors
from tsunagi.app.open_items.reasons import CATALOGUE, Reason, reason_of
from tsunagi.text import Text


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def every_text() -> list[tuple[str, Text]]:
    return [(code, text) for code, reason in CATALOGUE.items() for text in (reason.text, reason.remedy) if text]


@pytest.mark.parametrize(("code", "text"), every_text(), ids=lambda value: value if isinstance(value, str) else "")
def test_both_languages_say_the_same(code: str, text: Text) -> None:
    assert text.en, code
    assert text.ja, code
    assert named(text.en) == named(text.ja)
    assert text.ja != text.en


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_a_missing_parameter_is_an_error(reason: Reason) -> None:
    wanted = named(reason.text.en) | named(reason.remedy.en if reason.remedy else "")
    text, remedy = reason.texts(dict.fromkeys(wanted, "{x}"))
    # What a service says may have braces of its own.
    assert "{x}" in text.en
    assert (remedy is None) == (reason.remedy is None)
    for name in wanted:
        with pytest.raises(KeyError):
            reason.texts(dict.fromkeys(wanted - {name}, "x"))


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_what_a_person_must_do_is_said(reason: Reason) -> None:
    assert reason.resolver == "itself" or reason.remedy is not None


def test_every_error_of_a_connector_has_its_reason() -> None:
    words = Text.same("x")
    assert reason_of(errors.AuthenticationFailed(words, service="x")).code == "access_lost"
    assert reason_of(errors.RecordRejected(words, service="x")).code == "refused"
    assert reason_of(errors.ConfigError(words)).code == "unusable"
    passing = errors.RateLimited, errors.ServiceUnavailable, errors.OutcomeUnknown
    assert all(reason_of(kind(words, service="x")).passing for kind in passing)
