"""Who may do what: deny by default, forbid beats permit, what cannot be told is denied; and what an author is told."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import FieldSpec, Money, Person, Text
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.rules.permissions import ADMINISTRATORS, Decision
from tsunagi.rules.permissions_book import PermissionBook
from tsunagi.rules.permissions_catalogue import Catalogue

_VERBS = ("view", "create", "edit", "email")


def _document(service: str, name: str, verbs: tuple[str, ...] = _VERBS) -> EntityType:
    label = Text.same(name)
    return EntityType(service, name, label, label, (FieldSpec("number", "text", label),), "document", verbs=verbs)


ACCOUNT = EntityType(
    "crm",
    "account",
    Text.same("Account"),
    Text.same("Accounts"),
    tuple(FieldSpec(name, "text", Text.same(name)) for name in ("name", "owner")),
)
CATALOGUE = Catalogue.of(
    [
        ACCOUNT,
        *(_document("books", name) for name in ("estimate", "invoice", "sales_order")),
        _document("invoice", "invoice"),
        _document("subscriptions", "subscription", ("view",)),
    ],
    [
        Panel(service, "p", "invoice", Text.same(service), ("account",))
        for service in ("books", "invoice", "subscriptions")
    ],
)
HEAD = "version: 1\npermissions: ours\ntitle: Ours\npolicies:\n"
TABS = "  - {policy: tabs, effect: permit, who: everyone, actions: [view], on: [hub, tabs]}\n"
ICHIRO = Person("crm", "2", "ichiro@example.com", "Ichiro", "Standard", role="Sales")
HANAKO = Person("crm", "1", "hanako@example.com", "Hanako", "Administrator", administrator=True)


def book(*policies: str, **options: Any) -> PermissionBook:
    loaded = PermissionBook.load(
        {"a.yaml": HEAD + TABS + "".join(f"  - {each}\n" for each in policies)}, CATALOGUE, **options
    )
    assert [error.message.en for error in loaded.problems] == []
    return loaded


def decide(loaded: PermissionBook, person: Person, action: str, **document: Any) -> Decision:
    facts = {"document": document} if document else None
    return loaded.policies.decide(person, action, facts)


def told(text: str, administrators: Sequence[Person] = (), language: str = "en") -> list[str]:
    loaded = PermissionBook.load({"a.yaml": text}, CATALOGUE, administrators=administrators)
    return [error.message.in_language(language) for error in loaded.problems]  # type: ignore[arg-type]


VIEW_INVOICES = "{policy: invoices, effect: permit, who: {profiles: [Standard]}, actions: [view], on: [invoice]}"


def test_what_nothing_permits_is_denied_and_a_forbid_beats_every_permit() -> None:
    loaded = book(
        VIEW_INVOICES,
        "{policy: all_edit, effect: permit, who: everyone, actions: all, on: [sales_order]}",
        "{policy: no_mail, effect: forbid, who: {users: [ICHIRO@example.com]}, actions: [email], on: [documents]}",
    )
    assert decide(loaded, ICHIRO, "books.invoice:view").determining == ("invoices",)
    assert decide(loaded, ICHIRO, "invoice.invoice:view").allowed
    assert not decide(loaded, ICHIRO, "books.estimate:view").allowed
    assert decide(loaded, ICHIRO, "books.sales_order:edit").allowed
    mailing = decide(loaded, ICHIRO, "books.sales_order:email")
    assert (mailing.allowed, mailing.determining) == (False, ("no_mail",))
    assert "ichiro@example.com (Standard) may not books.sales_order:email: no_mail forbids it" in mailing.reason.en
    assert "no_mail が禁止しています" in mailing.reason.ja
    assert decide(loaded, replace(ICHIRO, email="x@example.com"), "books.sales_order:email").allowed
    assert not decide(loaded, ICHIRO, "books.nothing:view").allowed
    assert not decide(loaded, replace(ICHIRO, active=False), "books.invoice:view").allowed
    assert loaded.policies.decide(None, "books.estimate:view").allowed


def test_acting_on_a_document_takes_viewing_it_and_viewing_it_takes_the_tab() -> None:
    loaded = book(
        "{policy: mails, effect: permit, who: everyone, actions: [email], on: [invoice]}",
        VIEW_INVOICES,
        "{policy: no_books, effect: forbid, who: {roles: [sales ]}, actions: [view], on: [tab.books]}",
    )
    denied = decide(loaded, ICHIRO, "books.invoice:email")
    assert (denied.allowed, denied.action, denied.determining) == (False, "tab.books:view", ("no_books",))
    assert decide(loaded, ICHIRO, "invoice.invoice:email").allowed
    # Whose role was not read may have the one it is forbidden to.
    unknown = decide(loaded, replace(ICHIRO, role=None), "books.invoice:view")
    assert (unknown.allowed, unknown.undecided) == (False, ("no_books",))
    assert not decide(loaded, replace(ICHIRO, profile="Guest"), "invoice.invoice:email").allowed


def test_conditions_look_at_the_record_and_what_cannot_be_told_is_denied() -> None:
    loaded = book(
        "{policy: small, effect: permit, who: everyone, actions: [view], on: [invoice], "
        "conditions: [{field: document.total, at_most: 100000 JPY}]}",
        "{policy: own, effect: permit, who: everyone, actions: [view], on: [estimate], "
        "conditions: [{field: account.owner, equals: '${person.name}'}]}",
        "{policy: no_usd, effect: forbid, who: everyone, actions: [view], on: [sales_order], "
        "conditions: [{field: document.currency, equals: USD}]}",
        "{policy: orders, effect: permit, who: everyone, actions: [view], on: [sales_order]}",
    )
    yen = Money(Decimal(100_000), "JPY")
    assert decide(loaded, ICHIRO, "books.invoice:view").outcome == "depends"
    assert decide(loaded, ICHIRO, "books.invoice:view", total=yen).determining == ("small",)
    assert not decide(loaded, ICHIRO, "books.invoice:view", total=Money(Decimal(100_001), "JPY")).allowed
    dollars = decide(loaded, ICHIRO, "books.invoice:view", total=Money(Decimal(1), "USD"))
    assert (dollars.allowed, dollars.undecided) == (False, ("small",))
    assert not decide(loaded, ICHIRO, "books.sales_order:view", currency="USD").allowed
    assert decide(loaded, ICHIRO, "books.sales_order:view", currency="JPY").allowed
    assert decide(loaded, ICHIRO, "books.sales_order:view", total=yen).undecided == ("no_usd",)
    own = {"document": {}, "account": {"owner": "Ichiro"}}
    assert loaded.policies.decide(ICHIRO, "books.estimate:view", own).allowed
    assert not loaded.policies.decide(HANAKO, "books.estimate:view", own).allowed
    assert decide(loaded, ICHIRO, "books.estimate:view", total=yen).undecided == ("own",)


MISTAKES = [
    (
        "{policy: p, effect: allow, who: everyone, actions: all, on: all}",
        "effect: Got the text 'allow'. Valid are: forbid, permit.",
    ),
    (
        "{policy: p, effect: permit, who: everybody, actions: all, on: all}",
        "who: Got the text 'everybody'. Did you mean 'everyone'?",
    ),
    (
        "{policy: p, effect: permit, who: {profile: [A]}, actions: all, on: all}",
        "who.profile: There is no key 'profile' here. Did you mean 'profiles'?",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [veiw], on: all}",
        "actions[0]: Got the text 'veiw'. Did you mean 'view'?",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [view], on: [invoices]}",
        "on[0]: There is nothing called 'invoices' to permit. Did you mean 'invoice'?",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [email], on: [subscription]}",
        "actions[0]: 'subscriptions.subscription' has no action 'email'. Valid are: view.",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [view], on: [invoice], "
        "conditions: [{field: document.totl, at_most: 1}]}",
        "conditions[0].field: 'document' has no field 'totl'. Did you mean 'total'?",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [view], on: [tab.books], "
        "conditions: [{field: document.total, at_most: 1}]}",
        "conditions: Conditions look at a record, and tab.books has none; name documents or receivables.",
    ),
    (
        "{policy: p, effect: permit, who: everyone, actions: [view], on: [invoice], "
        "conditions: [{field: document.total, changed: true}]}",
        "A permission looks at a record as it is; nothing can have changed.",
    ),
    ("{policy: p, effect: permit, who: everyone, actions: [view]}", "'on' is missing."),
]


@pytest.mark.parametrize(("policy", "message"), MISTAKES)
def test_the_author_of_a_file_is_told_place_and_remedy(policy: str, message: str) -> None:
    (said,) = told(f"{HEAD}  - {policy}\n")
    place, _, words = said.partition(": ")
    assert place.startswith("a.yaml:5:")
    assert words.removeprefix("policies[0].").removeprefix("policies[0]: ") == message
    (japanese,) = told(f"{HEAD}  - {policy}\n", language="ja")
    assert japanese != said


@pytest.mark.parametrize(
    "who", ["everyone", "{administrators: true}", "{profiles: [Administrator]}", "{users: [hanako@example.com]}"]
)
def test_a_file_that_would_lock_administrators_out_is_refused(who: str) -> None:
    policy = f"  - {{policy: out, effect: forbid, who: {who}, actions: all, on: all}}\n"
    (said,) = told(HEAD + policy, [HANAKO])
    assert said.startswith("a.yaml:5:27: policies[0].effect: This would lock out")
    assert "hub:view" in said
    # Whoever is no administrator may be kept out altogether.
    assert told(HEAD + policy.replace(who, "{profiles: [Standard]}"), [HANAKO]) == []


def test_a_broken_file_leaves_its_last_good_version_in_force_or_else_denies() -> None:
    good = HEAD + TABS + f"  - {VIEW_INVOICES}\n"
    broken = good.replace("permit", "permitt", 1)
    held = PermissionBook.load({"a.yaml": broken}, CATALOGUE, earlier={"a.yaml": good})
    assert decide(held, ICHIRO, "books.invoice:view").allowed
    assert [(each.file, each.held) for each in held.broken] == [("a.yaml", True)]
    assert held.good == {"a.yaml": good}

    shut = PermissionBook.load({"a.yaml": broken, "b.yaml": good.replace("ours", "b")}, CATALOGUE)
    denied = decide(shut, ICHIRO, "books.invoice:view")
    assert not denied.allowed
    assert "a.yaml cannot be used" in denied.reason.en
    assert decide(shut, HANAKO, "hub:view").determining == (ADMINISTRATORS,)
    assert not decide(shut, HANAKO, "books.invoice:view").allowed


def test_two_policies_of_one_name_are_told_apart_by_their_places() -> None:
    twice = HEAD + f"  - {VIEW_INVOICES}\n  - {VIEW_INVOICES}\n"
    assert told(twice) == ["a.yaml:6:14: policies[1].policy: There is another policy 'invoices' at a.yaml:5."]
    one = HEAD + f"  - {VIEW_INVOICES}\n"
    loaded = PermissionBook.load({"a.yaml": one, "b.yaml": one}, CATALOGUE)
    assert ["b.yaml" in error.message.en and "a.yaml:5" in error.message.en for error in loaded.problems] == [True]


_WHO = st.sampled_from(
    ["everyone", "{profiles: [Standard]}", "{profiles: [Guest]}", "{users: [ichiro@example.com]}", "{roles: [Sales]}"]
)
_ONE = st.tuples(
    st.sampled_from(["permit", "forbid"]),
    _WHO,
    st.sampled_from(["view", "email"]),
    st.sampled_from(["invoice", "books.invoice", "estimate", "documents"]),
    st.sampled_from([None, 10, 20]),
)


@given(st.lists(_ONE, max_size=6), st.integers(5, 25), st.sampled_from(["view", "email"]))
def test_decisions_are_those_of_a_plain_reading_of_the_policies(
    policies: list[tuple[str, str, str, str, int | None]], total: int, verb: str
) -> None:
    lines = [
        f"{{policy: p{number}, effect: {effect}, who: {who}, actions: [{action}], on: [{on}]"
        + (f", conditions: [{{field: document.total, at_most: {limit}}}]" if limit else "")
        + "}"
        for number, (effect, who, action, on, limit) in enumerate(policies)
    ]
    loaded = book(*lines)

    def plainly(asked: str) -> bool:
        fitting = [
            effect
            for effect, who, action, on, limit in policies
            if action == asked and on != "estimate" and "Guest" not in who and (limit is None or total <= limit)
        ]
        return "permit" in fitting and "forbid" not in fitting

    expected = plainly("view") and (verb == "view" or plainly(verb))
    decision = decide(loaded, ICHIRO, f"books.invoice:{verb}", total=Money(Decimal(total), "JPY"))
    assert decision.allowed == expected
    without = loaded.policies.decide(ICHIRO, f"books.invoice:{verb}")
    assert without.outcome == "depends" or without.allowed == expected
