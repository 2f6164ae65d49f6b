"""Contract tests: every failure of the service becomes a typed error without secrets."""

import logging
import re
import traceback
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tsunagi import (
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    NewRecord,
    RateLimited,
    RecordNotFound,
    TsunagiError,
)
from tsunagi.testing.fake import Fault
from tsunagi.testing.final import Final
from tsunagi.testing.harness import make_harness
from tsunagi.testing.subject import Case, Subject

# More than a caller can be held for.
_LONG_SECONDS = 60.0
_SECRET_NAME = re.compile(r"(token|secret|password|key)$", re.IGNORECASE)


class Failing(Final):
    """Rate limits, broken connections, broken answers, wrong credentials, and their errors."""

    def test_a_short_pause_is_waited_for(self, subject: Subject, listed_case: Case) -> None:
        subject.connector.changes(listed_case.entity, None)
        slept = sum(subject.harness.clock.slept)
        subject.fake.strike(Fault.SLOW_DOWN, on="reads")
        subject.connector.changes(listed_case.entity, None)
        assert sum(subject.harness.clock.slept) > slept, "the connector waits with the context's sleep"
        assert subject.harness.penalties(), "the limiter is told, so that the others wait too"

    def test_a_long_pause_is_told(self, subject: Subject, listed_case: Case) -> None:
        subject.connector.changes(listed_case.entity, None)
        slept = sum(subject.harness.clock.slept)
        subject.fake.strike(Fault.COME_BACK_LATER, on="reads", times=20)
        with pytest.raises(RateLimited) as caught:
            subject.connector.changes(listed_case.entity, None)
        _check_words(caught.value, subject)
        assert (caught.value.retry_after or 0) > _LONG_SECONDS
        assert sum(subject.harness.clock.slept) - slept <= _LONG_SECONDS

    def test_a_read_that_was_lost_is_made_again(self, subject: Subject, listed_case: Case) -> None:
        expected = subject.connector.changes(listed_case.entity, None)
        subject.fake.strike(Fault.LOST_REQUEST, on="reads")
        assert subject.connector.changes(listed_case.entity, None).records == expected.records

    @pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.NOTHING_IN_IT], ids=lambda fault: fault.value)
    def test_a_listing_that_makes_no_sense_is_broken(self, subject: Subject, listed_case: Case, fault: Fault) -> None:
        """Most of all it is not an empty page: that would mean that everything was read."""
        subject.add(listed_case)
        subject.connector.changes(listed_case.entity, None)
        subject.fake.strike(fault, on="reads")
        with pytest.raises(BrokenAnswer) as caught:
            subject.connector.changes(listed_case.entity, None)
        _check_words(caught.value, subject)

    @pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.NOTHING_IN_IT], ids=lambda fault: fault.value)
    def test_a_record_that_makes_no_sense_is_broken(self, subject: Subject, any_case: Case, fault: Fault) -> None:
        """In particular it is not a missing record."""
        ref = subject.add(any_case)
        subject.connector.get(ref)
        subject.fake.strike(fault, on="reads")
        with pytest.raises(BrokenAnswer) as caught:
            subject.connector.get(ref)
        _check_words(caught.value, subject)

    def test_wrong_credentials_are_refused(self, subject: Subject) -> None:
        settings = subject.fake.settings
        wrong = {name: SecretStr(f"wrong-{name}-8c1f") for name, value in settings if isinstance(value, SecretStr)}
        assert wrong, "secrets are typed SecretStr in the settings"
        harness = make_harness(settings.model_copy(update=wrong), organization_id=subject.fake.organization_id)
        for attempt in (subject.opened(harness).organization, lambda: self.connector_type.probe(harness.context)):
            with pytest.raises(AuthenticationFailed) as caught:
                attempt()
            _check_words(caught.value, subject)
            assert "8c1f" not in _everything(caught.value)

    def test_every_call_is_told_and_asked_for(self, subject: Subject) -> None:
        for entity in self.connector_type.listable:
            subject.connector.changes(entity, None)
        calls, allowed = subject.harness.calls, sum(limiter.calls for limiter in subject.harness.limiters)
        assert calls
        assert {call.service for call in calls} == {subject.service}
        assert all(call.seconds >= 0 and call.method and call.path.startswith("/") for call in calls)
        assert 0 < allowed <= len(calls), "the limiter is asked before a call, and each call is told of"

    def test_no_secret_is_ever_shown(
        self, subject: Subject, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        shown = [repr(subject.connector), repr(subject.harness.context), str(subject.fake.settings)]
        shown += [_everything(error) for error in self._every_error(subject)]
        shown += [subject.connector.changes(entity, None).cursor for entity in self.connector_type.listable]
        shown += [repr(call) for call in subject.harness.calls]
        logged = capsys.readouterr()
        text = "\n".join((*shown, logged.out, logged.err, caplog.text))
        secrets = _secrets(subject)
        assert secrets
        assert not [name for name, value in secrets.items() if value in text]

    def _every_error(self, subject: Subject) -> Iterator[TsunagiError]:
        listed = [case for case in self.cases if case.entity in self.connector_type.listable and not case.unlisted]
        for fault in (Fault.NOT_JSON, Fault.NOTHING_IN_IT, Fault.COME_BACK_LATER, Fault.LOST_REQUEST):
            subject.fake.strike(fault, on="reads", times=20)
            with pytest.raises(ConnectorError) as caught:
                subject.connector.changes(listed[0].entity, None)
            subject.fake.calm()
            yield caught.value
        with pytest.raises(RecordNotFound) as missing:
            subject.connector.get(subject.unknown(subject.add(listed[0])))
        yield missing.value
        for case in (case for case in self.cases if case.new is not None):
            new = subject.new(case)
            subject.fake.strike(Fault.LOST_ANSWER, on="writes")
            with pytest.raises(ConnectorError) as uncertain:
                subject.connector.create(case.entity, new)
            yield uncertain.value
            with pytest.raises(TsunagiError) as refused:
                subject.connector.create(case.entity, NewRecord("contract-empty", {}))
            yield refused.value


def _check_words(error: ConnectorError, subject: Subject) -> None:
    assert error.service == subject.service
    assert error.message.en
    assert error.message.ja


def _everything(error: TsunagiError) -> str:
    """All that anybody could come to see of an error, its causes too."""
    words = [error.message.en, error.message.ja, repr(error), *map(str, vars(error).values())]
    if error.hint is not None:
        words += [error.hint.en, error.hint.ja]
    return "\n".join((*words, *traceback.format_exception(error)))


def _secrets(subject: Subject) -> dict[str, str]:
    entered = {name: value.get_secret_value() for name, value in subject.fake.settings if isinstance(value, SecretStr)}
    kept = {name: value for name, value in subject.harness.secrets.load().items() if _SECRET_NAME.search(name)}
    return entered | kept
