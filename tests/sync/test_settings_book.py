"""All settings files together: which pairs are in force, and that a mistake concerns its own pair only."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.mapping import Direction, PairEnd, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.sync.match_keys import former_partners
from tsunagi.sync.settings_book import SettingsBook
from tsunagi.sync.settings_reading import SyncVocabulary
from tsunagi.text import Text
from tsunagi.yaml_editing import with_yaml

Load = Callable[..., SettingsBook]


def kind(key: str, *fields: str) -> EntityType:
    service, _, name = key.partition(".")
    specs = tuple(FieldSpec(each, "text", Text.same(each)) for each in fields)
    return EntityType(service, name, Text.same(name), Text.same(name), specs)


@pytest.fixture
def load(customers: Callable[..., SyncPair]) -> Load:
    pair = replace(customers(), name="fin.customers")
    persons = replace(pair, name="fin.persons", after=("fin.customers",))
    alone = replace(pair, name="fin.contact_customers", chosen_by="fin.customers", only_blank=("account",))
    pairs = {each.name: each for each in (pair, persons, alone)}
    names = {name for fm in pair.mapping.fields for side in ("left", "right") for name in fm.names(side)}
    ends = [f"{pair.end(side).service}.{pair.end(side).entity}" for side in ("left", "right")]
    entities = {key: kind(key, *sorted(names)) for key in (*ends, "fin.customer")}

    def loaded(**texts: str) -> SettingsBook:
        files = {f"sync/{name}.yaml": f"version: 1\n{text}" for name, text in texts.items()}
        return SettingsBook.load(files, SyncVocabulary(entities, pairs))

    return loaded


def test_without_files_the_plugins_pairs_are_in_force_but_for_those_that_wait_for_a_word(load: Load) -> None:
    assert sorted(load().pairs) == ["fin.customers", "fin.persons"]


def test_a_file_changes_its_pair(load: Load) -> None:
    book = load(one="pair: fin.customers\ndirection: finance_to_crm\nguard: {most: 7}\n")
    assert book.pairs["fin.customers"].direction is Direction.RIGHT_TO_LEFT
    assert (book.limits("fin.customers").most, book.limits("fin.persons").most) == (7, 500)


def test_a_pair_that_is_off_takes_those_that_wait_for_it_along(load: Load) -> None:
    book = load(one="pair: fin.customers\nenabled: false\n", two="pair: fin.persons\n")
    assert book.pairs == {}
    (error,) = book.problems
    assert "waits for 'fin.customers'" in str(error)


def test_a_mistake_holds_up_its_own_pair_whatever_the_file_is_called(load: Load) -> None:
    book = load(any="pair: fin.persons\ndirection: [\n", fin_customers="pair: fin.customers\n")
    book.require("fin.customers")
    with pytest.raises(RuleFileError, match=r"sync/any\.yaml:3"):
        book.require("fin.persons")


def test_two_files_of_one_pair(load: Load) -> None:
    book = load(a="pair: fin.customers\n", b="pair: fin.customers\n")
    assert "are in sync/a.yaml already" in str(book.problems[0])
    with pytest.raises(RuleFileError):
        book.require("fin.customers")


def test_a_file_of_a_service_nobody_brings_is_not_in_use(load: Load) -> None:
    book = load(one="pair: other.customers\nends: {crm: crm.account, finance: other.customer}\n")
    assert (book.unused, book.problems) == ({"other.customers": "sync/one.yaml"}, ())


@pytest.mark.parametrize(
    ("select", "in_force"),
    [
        ("{contacts_without_account: customer}", ["fin.contact_customers", "fin.customers", "fin.persons"]),
        ("{modules: [contacts]}", ["fin.contact_customers"]),
    ],
)
def test_contacts_become_customers_where_the_settings_say_so(load: Load, select: str, in_force: list[str]) -> None:
    book = load(one=f"pair: fin.customers\nselect: {select}\n")
    assert sorted(book.pairs) == in_force
    assert book.pairs["fin.contact_customers"].only_blank == (() if len(in_force) == 1 else ("account",))


def test_former_ids_are_a_word_where_each_names_one_record(customers: Callable[..., SyncPair]) -> None:
    pair = replace(customers(), former_ids=("old_id",))
    left, right = pair.left, pair.right

    def record(end: PairEnd, id: str, **fields: str) -> Record:
        return Record(RecordRef(end.service, end.entity, id), fields, "1")

    lefts = [record(left, id) for id in "123"]
    rights = [record(right, "a", old_id="1"), record(right, "b", old_id="2"), record(right, "c", old_id="2")]
    assert {one.id: other.id for one, other in former_partners(pair, lefts, rights).items()} == {"1": "a"}


TEXT = "# who\npair: x  # keep\nselect:\n  view: ''  # all\nfields:\n  name: {crm: a}\n"


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("pair",), "y", "pair: y  # keep"),
        (("select", "view"), "Active accounts", "  view: Active accounts  # all"),
        (("fields", "name", "owner"), "crm", "  name: {crm: a, owner: crm}"),
        (("fields", "city"), "{crm: b}", "  city: {crm: b}"),
        (("guard", "most"), "3", "guard: {most: 3}"),
    ],
)
def test_one_value_is_changed_and_all_else_stays(path: tuple[str, ...], value: str, line: str) -> None:
    changed = with_yaml(TEXT, path, value)
    assert line in changed.splitlines()
    left = [each for each in TEXT.splitlines() if each not in changed.splitlines()]
    assert len(left) <= 1


def test_a_value_cannot_go_below_a_text() -> None:
    with pytest.raises(ConfigError, match="no group of keys"):
        with_yaml(TEXT, ("pair", "name"), "y")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [("a: &x {b: 1}\nc: *x\n", ("c", "b"), "2"), ("a: {b: 1}\n", ("a", "b"), "2, c: 3"), ("a: &x [*x]\n", ("b",), "1")],
)
def test_a_value_that_would_change_other_places_is_refused(text: str, path: tuple[str, ...], value: str) -> None:
    with pytest.raises(ConfigError):
        with_yaml(text, path, value)
