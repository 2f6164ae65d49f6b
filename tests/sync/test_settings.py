"""Settings files: what they make of a pair, and every mistake with its place and the nearest right word."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.entities import EntityType, FieldSpec, FieldType
from tsunagi.domain.mapping import Activity, Direction, PairEnd, SyncPair
from tsunagi.domain.records import Record
from tsunagi.errors import RuleFileError
from tsunagi.sync.pair_state import PairState
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.settings import SyncSettings, apply_settings
from tsunagi.sync.settings_reading import SyncVocabulary, read_settings
from tsunagi.sync.settings_schema import settings_schema
from tsunagi.sync.steps import Create
from tsunagi.text import Text
from tsunagi.yaml_marks import parse

STARTERS = sorted((Path(__file__).parents[2] / "rules" / "sync").glob("*.yaml"))
HEAD = "version: 1\npair: customers\n"


def kind(key: str, fields: str, **types: FieldType) -> EntityType:
    service, _, name = key.partition(".")
    specs = tuple(
        FieldSpec(one, types.get(one, "text"), Text.same(one), read_only=one == "balance") for one in fields.split()
    )
    return EntityType(service, name, Text.same(name.title()), Text.same(name), specs)


PARTS = ("street", "city", "state", "code", "country")
ADDRESSES = " ".join(f"{which}_{part}" for which in ("billing", "shipping") for part in PARTS)
ACCOUNT = "account_name name mail phone website city currency description owes "
PERSON = "first_name last_name email phone mobile department"
CRM = [
    kind(
        "crm.account", "account_name name mail phone website city currency description owes " + ADDRESSES, owes="money"
    ),
    kind("crm.contact", f"{PERSON} title account full_name", account="reference", email="email"),
    kind("crm.vendor", "name email phone website street city state code country description"),
    kind("crm.product", "name code description unit_price usage_unit active", unit_price="money", active="boolean"),
]
FINANCE = [
    kind("fin.customer", "contact_name email telephone town first last balance line_1 line_2", balance="money"),
    *(
        one
        for service in ("books", "invoice", "expense", "subscriptions")
        for one in (
            kind(f"{service}.customer", f"name phone website currency notes {ADDRESSES}"),
            kind(f"{service}.contact_person", f"{PERSON} designation customer", customer="reference", email="email"),
            kind(f"{service}.vendor", f"name email phone website notes {ADDRESSES}"),
            kind(f"{service}.item", "name sku description unit rate active", rate="money", active="boolean"),
        )
    ),
]


@pytest.fixture
def pair(customers: Callable[..., SyncPair]) -> SyncPair:
    return customers()


@pytest.fixture
def vocabulary(pair: SyncPair) -> SyncVocabulary:
    pairs: dict[str, SyncPair] = {"customers": pair}
    for service in ("books", "invoice", "expense", "subscriptions"):
        left, right = PairEnd("crm", "account"), PairEnd(service, "customer")
        pairs[f"{service}.customers"] = replace(pair, name=f"{service}.customers", left=left, right=right)
        left, right = PairEnd("crm", "contact"), PairEnd(service, "contact_person")
        pairs[f"{service}.contact_persons"] = replace(pair, name=f"{service}.contact_persons", left=left, right=right)
        for crm, finance in (("vendor", "vendor"), ("product", "item")):
            left, right, name = PairEnd("crm", crm), PairEnd(service, finance), f"{service}.{finance}s"
            pairs[name] = replace(pair, name=name, left=left, right=right)
    return SyncVocabulary({one.key: one for one in (*CRM, *FINANCE)}, pairs)


def read(vocabulary: SyncVocabulary, text: str) -> SyncSettings:
    settings = read_settings(parse("sync/customers.yaml", text), vocabulary)
    assert isinstance(settings, SyncSettings), [str(error) for error in settings]
    return settings


def mistakes(vocabulary: SyncVocabulary, text: str) -> tuple[RuleFileError, ...]:
    errors = read_settings(parse("sync/customers.yaml", text), vocabulary)
    assert isinstance(errors, tuple), "no mistake was found"
    return errors


class TestWhatTheyMakeOfAPair:
    def test_an_empty_file_changes_nothing(self, vocabulary: SyncVocabulary, pair: SyncPair) -> None:
        assert apply_settings(pair, read(vocabulary, HEAD)) == pair

    def test_policies_become_options(self, vocabulary: SyncVocabulary) -> None:
        text = HEAD + (
            "conflicts: crm_wins\nduplicates: clone\ndeletions: delete\nmerges: ask\nedits_survive: false\n"
            "clock_skew_seconds: 90\nguard: {percent: 3}\n"
        )
        settings = read(vocabulary, text)
        options = settings.options(lambda _pair, _ref: None)
        assert options.conflicts is ConflictPolicy.LEFT_WINS
        assert options.duplicates is DuplicatePolicy.CLONE
        assert (options.deletions, options.merges) == (DeletionPolicy.DELETE, DeletionPolicy.ASK)
        assert not options.edits_survive
        assert options.clock_skew == timedelta(seconds=90)
        assert settings.limits.percent == 3

    def test_a_field_is_added_one_is_changed_and_one_left_out(self, vocabulary: SyncVocabulary, pair: SyncPair) -> None:
        text = HEAD + (
            "direction: both\n"
            "fields:\n"
            "  region: {crm: website, finance: last, values: {Kanto: East}, owner: crm, required: true}\n"
            "  email: {direction: finance_to_crm}\n"
            "  city: {sync: false}\n"
        )
        changed = apply_settings(pair, read(vocabulary, text))
        assert [fm.name for fm in changed.mapping.fields] == ["name", "email", "phone", "region"]
        email, default = changed.mapping.field("email"), pair.mapping.field("email")
        assert email.direction is Direction.RIGHT_TO_LEFT
        assert (email.left, email.left_codec) == (default.left, default.left_codec)
        region = changed.mapping.field("region")
        assert region.owner == "left"
        assert region.read("left", {"website": "Kanto"}) == "East"
        assert region.write("left", "East") == {"website": "Kanto"}
        assert changed.required == ("name", "region")

    def test_two_fields_become_one_on_the_way(
        self, vocabulary: SyncVocabulary, pair: SyncPair, account: Callable[..., Record]
    ) -> None:
        text = HEAD + "fields:\n  owner: {crm: description, finance: [first, last], join: name}\n"
        changed = apply_settings(pair, read(vocabulary, text))
        state = PairState(left=account("1", account_name="Acme", description="Ann Mary Smith"))
        (step,) = plan_pair(changed, state, read(vocabulary, text).options(lambda _pair, _ref: None)).steps
        assert isinstance(step, Create)
        assert step.fields == {"contact_name": "Acme", "first": "Ann Mary", "last": "Smith"}

    def test_a_pair_no_plugin_brings_says_what_it_joins(self, vocabulary: SyncVocabulary) -> None:
        text = (
            "version: 1\npair: books.vendors\nends: {crm: crm.vendor, finance: books.vendor}\n"
            "title: {en: Vendors, ja: 仕入先}\nfields:\n  name: {crm: name, finance: name, required: true}\n"
        )
        made = apply_settings(None, read(vocabulary, text))
        assert (made.left, made.right) == (PairEnd("crm", "vendor"), PairEnd("books", "vendor"))
        assert (made.label.ja, made.required) == ("仕入先", ("name",))

    def test_matching_rules_go_before_the_plugins(self, vocabulary: SyncVocabulary, pair: SyncPair) -> None:
        text = HEAD + "matching:\n  link_at: 80\n  keys:\n    - {field: email, compare: email, score: 85}\n"
        rules = apply_settings(pair, read(vocabulary, text)).matching
        assert rules is not None
        assert (rules.link_at, rules.keys[0].fields, rules.keys[0].kind) == (80, ("email",), "email")

    def test_deactivation_needs_a_side_that_can(self, vocabulary: SyncVocabulary, pair: SyncPair) -> None:
        text = HEAD + "deletions: deactivate\n"
        assert "can be deactivated" in str(mistakes(vocabulary, text)[0])
        can = replace(pair, right=replace(pair.right, activity=Activity("status", "active", "inactive")))
        able = SyncVocabulary(vocabulary.entities, {"customers": can})
        assert read(able, text).deletions is DeletionPolicy.DEACTIVATE


FIELD = HEAD + "fields:\n  x: "
MISTAKES = [
    (HEAD + "directoin: both\n", "3:1", "Did you mean 'direction'?"),
    ("version: 1\n", "1:1", "'pair' is missing"),
    (HEAD + "direction: upwards\n", "3:12", "Valid are: both, crm_to_finance, finance_to_crm."),
    (HEAD + "enabled: maybe\n", "3:10", "Expected true or false"),
    (HEAD + "guard: {percent: 200}\n", "3:18", "at most 100"),
    ("version: 1\npair: custmers\n", "2:7", "Did you mean 'customers'?"),
    (HEAD + "after: [customer]\n", "3:9", "no sync pair 'customer'. Did you mean 'customers'?"),
    (FIELD + "{crm: mial, finance: email}\n", "4:12", "Did you mean 'mail'? The fields are: account_name, name, mail"),
    (FIELD + "{crm: mail, finance: emial}\n", "4:27", "(fin.customer) has no field 'emial'. Did you mean 'email'?"),
    (FIELD + "{crm: mail}\n", "4:3", "'finance' is missing"),
    (FIELD + "{crm: mail, finance: email, ownr: crm}\n", "4:34", "Did you mean 'owner'?"),
    (FIELD + "{crm: owes, finance: town}\n", "4:3", "of the type money and 'town' of the type text"),
    (FIELD + "{crm: owes, finance: balance}\n", "4:3", "'direction: finance_to_crm'"),
    (FIELD + "{crm: mail, finance: [first, lst], join: name}\n", "4:35", "Did you mean 'last'?"),
    (FIELD + "{crm: mail, finance: [first, last]}\n", "4:27", "Several fields need 'join'"),
    (FIELD + "{crm: mail, finance: [first, last], join: nam}\n", "4:48", "Did you mean 'name'?"),
    (FIELD + "{crm: mail, finance: email, transform: [lowr]}\n", "4:46", "Did you mean 'lower'?"),
    (FIELD + "{crm: mail, finance: email, transform: [truncate]}\n", "4:46", "takes a number from 2 on"),
    (FIELD + "{crm: mail, finance: email, transform: [{phone: 81}]}\n", "4:46", "in quotes"),
    (FIELD + "{crm: mail, finance: email, transform: [{lower: 5}]}\n", "4:46", "takes no value"),
    (FIELD + "{crm: owes, finance: balance, direction: finance_to_crm, transform: [upper]}\n", "4:3", "Only texts"),
    (FIELD + "{crm: mail, finance: email, reference: custmers}\n", "4:45", "Did you mean 'customers'?"),
    (FIELD + "{sync: false}\n", "4:3", "No field 'x' is mapped anyway."),
    (HEAD + "matching:\n  keys: [{field: nam, compare: name, score: 9}]\n", "4:18", "Did you mean 'name'?"),
    (HEAD + "matching:\n  keys: [{field: name, compare: nme, score: 9}]\n", "4:33", "Did you mean 'name'?"),
    (HEAD + "matching:\n  keys: [{field: name, compare: name, score: 0}]\n", "4:46", "at least 1"),
    (
        HEAD + "matching:\n  review_at: 95\n  keys: [{field: name, compare: name, score: 9}]\n",
        "4:14",
        "may not be above",
    ),
    (HEAD + "deletions: deactivate\n", "3:12", "can be deactivated"),
    (HEAD + "ends: {crm: crm.acount, finance: fin.customer}\n", "3:13", "Did you mean 'crm.account'?"),
]


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES, ids=[f"{place} {words}" for _, place, words in MISTAKES])
def test_a_mistake_has_its_place_and_the_right_word(
    vocabulary: SyncVocabulary, text: str, place: str, words: str
) -> None:
    error = mistakes(vocabulary, text)[0]
    assert str(error).startswith(f"sync/customers.yaml:{place}: "), str(error)
    assert words in str(error), str(error)
    assert not error.reason.ja.isascii()


def test_every_mistake_is_told_at_once(vocabulary: SyncVocabulary) -> None:
    text = HEAD + "fields:\n  x: {crm: mial, finance: emial}\n  y: {crm: phone, finance: telephone, join: nothing}\n"
    assert [error.line for error in mistakes(vocabulary, text)] == [4, 4, 5]


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.name)
def test_starter_files_can_be_used_as_they_are(vocabulary: SyncVocabulary, path: Path) -> None:
    document = parse(f"sync/{path.name}", path.read_text("utf-8"))
    settings = read_settings(document, vocabulary)
    assert isinstance(settings, SyncSettings), [str(error) for error in settings]
    assert path.stem == settings.pair.replace(".", "_")
    default = None if settings.ends else vocabulary.pairs[settings.pair]
    made = apply_settings(default, settings)
    assert made.required
    assert made.matching is not None


def test_there_is_a_starter_file_for_every_pair_and_service() -> None:
    services: Mapping[str, set[str]] = {
        "customers": {"books", "invoice", "expense", "subscriptions"},
        "contact_persons": {"books", "invoice", "expense", "subscriptions"},
        "vendors": {"books", "invoice"},
        "items": {"books", "invoice"},
    }
    assert {path.stem for path in STARTERS} == {f"{one}_{kind}" for kind, some in services.items() for one in some}


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.name)
def test_the_schema_for_editors_takes_what_the_reader_takes(vocabulary: SyncVocabulary, path: Path) -> None:
    validator = Draft202012Validator(settings_schema(vocabulary.pairs))
    data = parse(path.name, path.read_text("utf-8")).data
    assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        HEAD + "directoin: both\n",
        FIELD + "{crm: mail, finance: email, transform: [lowr]}\n",
        FIELD + "{crm: mail, finance: email, transform: [truncate]}\n",
        FIELD + "{crm: mail, finance: [first, last], join: nam}\n",
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(vocabulary: SyncVocabulary, wrong: str) -> None:
    validator = Draft202012Validator(settings_schema(vocabulary.pairs))
    assert not validator.is_valid(parse("x.yaml", wrong).data)


@pytest.mark.parametrize(("direction", "doubtful"), [("crm_to_finance", True), ("both", False)])
def test_a_key_that_no_list_shows_is_named(vocabulary: SyncVocabulary, direction: str, doubtful: bool) -> None:
    known = vocabulary.entities["fin.customer"]
    fields = tuple(replace(one, listed=one.name != "telephone") for one in known.fields)
    entities = {**vocabulary.entities, known.key: replace(known, fields=fields)}
    text = HEAD + f"direction: {direction}\nmatching:\n  keys:\n    - {{field: phone, compare: phone, score: 45}}\n"
    found = read(replace(vocabulary, entities=entities), text)
    assert [(one.path, one.line) for one in found.doubts] == ([("sync/customers.yaml", 6)] if doubtful else [])
