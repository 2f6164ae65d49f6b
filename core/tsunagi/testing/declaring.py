"""Contract tests: a connector's declarations are true."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pytest

from tsunagi import (
    ConnectorType,
    Document,
    EntityType,
    FieldSpec,
    Money,
    NewRecord,
    Record,
    RecordRef,
    RecordRejected,
    TsunagiError,
)
from tsunagi.testing.final import Final
from tsunagi.testing.subject import Case, Subject

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "email": str,
    "phone": str,
    "url": str,
    "choice": str,
    "integer": int,
    "decimal": (Decimal, int),
    "money": Money,
    "date": dt.date,
    "time": dt.datetime,
    "boolean": bool,
    "reference": RecordRef,
}
_PLAIN = (str, int, Decimal, dt.date, Money, RecordRef, type(None))


class Declaring(Final):
    """Capabilities, entity types and the connector type agree with what the connector does."""

    def test_every_kind_is_tried(self, subject: Subject) -> None:
        kinds = set(subject.connector.capabilities)
        assert {case.entity for case in self.cases} == kinds
        assert {entity.name for entity in self.entity_types} == kinds
        assert {entity.service for entity in self.entity_types} == {subject.service}

    def test_the_connector_type_names_what_there_is(self, subject: Subject) -> None:
        kind: ConnectorType = self.connector_type
        assert subject.connector.service == kind.service
        assert set(kind.listable) <= subject.connector.capabilities.keys()
        named = {entity for feature in kind.features for entity in feature.entities}
        assert named <= subject.connector.capabilities.keys()
        for text in (kind.label, *(feature.label for feature in kind.features)):
            assert text.en
            assert text.ja

    def test_the_organisation_is_one_the_probe_finds(self, subject: Subject) -> None:
        connected = subject.connector.organization()
        reached = self.connector_type.probe(subject.harness.context)
        assert connected in reached
        assert subject.fake.organization_id in ("", connected.id)

    def test_capabilities_are_honest(self, subject: Subject, any_case: Case) -> None:
        """What is declared can be done (the other tests do it); what is not is refused before anything is sent."""
        able = subject.connector.capabilities[any_case.entity]
        assert able.page_size >= 1
        assert able.batch_create >= 1
        assert able.create == (any_case.new is not None)
        assert able.update == (any_case.change is not None)
        assert not any_case.verb or any_case.verb in able.verbs
        assert (able.listing == "all") == (not any_case.unlisted)
        if able.listing == "by_parent":
            assert able.relation in subject.connector.capabilities[able.parent].related
        ref = subject.add(any_case)
        before = subject.harness.calls.copy()
        if not able.create:
            with pytest.raises(RecordRejected):
                subject.connector.create(any_case.entity, NewRecord("never", {}))
        if not able.update:
            with pytest.raises(RecordRejected):
                subject.connector.update(ref, {}, expected_version=None)
        if not able.delete:
            with pytest.raises(RecordRejected):
                subject.connector.delete(ref)
        with pytest.raises(RecordRejected):
            subject.connector.perform(ref, "no_such_verb", {})
        assert subject.harness.calls == before, "a refusal must not cost a call"

    def test_related_lists_are_those_that_are_declared(self, subject: Subject, any_case: Case) -> None:
        ref = subject.add(any_case)
        assert subject.connector.related(ref, "no_such_relation") == ()
        for relation in subject.connector.capabilities[any_case.entity].related:
            assert isinstance(subject.connector.related(ref, relation), tuple)

    def test_an_unknown_kind_is_refused(self, subject: Subject) -> None:
        with pytest.raises(TsunagiError):
            subject.connector.changes("no_such_kind", None)
        with pytest.raises(TsunagiError):
            subject.connector.get(RecordRef(subject.service, "no_such_kind", "1"))

    def test_records_hold_what_their_type_declares(self, subject: Subject, any_case: Case) -> None:
        entity = next(entity for entity in self.entity_types if entity.name == any_case.entity)
        record = subject.connector.get(subject.add(any_case))
        assert record.complete, "a record that was read by its id is complete"
        assert record.text(entity.title), f"{entity.title} is what people know the record by"
        _check(entity, record)

    def test_listed_records_hold_what_their_type_declares(self, subject: Subject, listed_case: Case) -> None:
        entity = next(entity for entity in self.entity_types if entity.name == listed_case.entity)
        ref = subject.add(listed_case)
        _check(entity, subject.look(listed_case.entity).of(ref))


def _check(entity: EntityType, record: Record) -> None:
    assert (record.ref.service, record.ref.entity) == (entity.service, entity.name)
    assert record.version, "every record has a version"
    assert record.modified_at is None or record.modified_at.utcoffset() == dt.timedelta(0)
    for name, value in record.fields.items():
        check_exact(value, name)
        spec = entity.field(name)
        assert spec is not None, f"{name} is not declared by {entity.key}"
        if value is not None:
            _check_type(spec, value)
    if entity.kind == "document":
        Document.of(record)


def _check_type(spec: FieldSpec, value: object) -> None:
    assert isinstance(value, _TYPES[spec.type]), f"{spec.name} is declared {spec.type}, got {value!r}"
    assert spec.type == "boolean" or not isinstance(value, bool)
    if spec.type == "time":
        assert isinstance(value, dt.datetime)
        assert value.tzinfo is not None
    if spec.type == "choice":
        assert value in spec.choices, f"{spec.name}: {value!r} has no label"
    if isinstance(value, RecordRef) and spec.references:
        assert f"{value.service}.{value.entity}" == spec.references


def check_exact(value: object, where: str) -> None:
    """Raises AssertionError where a float, a list or anything else that can lose or change hides in a value."""
    if isinstance(value, tuple):
        for position, item in enumerate(value):
            check_exact(item, f"{where}[{position}]")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_exact(item, f"{where}.{key}")
    else:
        assert isinstance(value, _PLAIN), f"{where} holds a {type(value).__name__}: {value!r}"
