"""Who acts, and whether they may: every use case and every face checks here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.directory import Directory, Person
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import ConfigError, PermissionDenied
from tsunagi.rules.permissions_catalogue import DOCUMENTS, RECEIVABLES, TAB, VIEW
from tsunagi.store.documents import Documents
from tsunagi.store.links import Links
from tsunagi.store.people import People
from tsunagi.store.records import Records
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.rules.facts import Facts
    from tsunagi.rules.permissions import Decision

LOOK = "hub:view"
SEE_BALANCES = f"{RECEIVABLES}:{VIEW}"


def decide(context: Context, person: Person | None, action: str, facts: "Facts | None" = None) -> "Decision":
    """May this person do this? None is the hub itself, doing what was set up.

    `facts` are those of the record it is about; without them the answer may be that it depends.
    """
    decision = context.permissions.book.policies.decide(person, action, facts)
    if decision.undecided:
        context.permissions.undecided(decision)
    return decision


def require(context: Context, person: Person | None, action: str, facts: "Facts | None" = None) -> None:
    """Raises PermissionDenied, saying who was refused what."""
    decision = decide(context, person, action, facts)
    if not decision.allowed:
        raise _denied(decision)


def on_document(ref: RecordRef, verb: str) -> str:
    """The action a verb on a document is."""
    return f"{ref.service}.{ref.entity}:{verb}"


def see_tab(service: str) -> str:
    return f"{TAB}{service}:{VIEW}"


def sees_tab(context: Context, person: Person | None, service: str) -> bool:
    """A service that shows nothing on the pages of records has no tab to hide."""
    action = see_tab(service)
    known = action.rpartition(":")[0] in context.permissions.catalogue.resources
    return not known or decide(context, person, action).allowed


def require_document(context: Context, person: Person | None, ref: RecordRef, verb: str) -> None:
    """May they do this with this document? Raises PermissionDenied, the same for one that does not exist."""
    decision = decide(context, person, on_document(ref, verb))
    if decision.outcome == "depends":
        with context.store.read() as session:
            decision = _of_document(context, session, person, ref, verb) or decision
    if not decision.allowed:
        raise _denied(decision, on=str(ref))


def require_seen(context: Context, person: Person | None, ref: RecordRef) -> None:
    """May they see this record? Records that are no documents are visible to everybody who may sign in."""
    kind = context.registry.entities.get(f"{ref.service}.{ref.entity}")
    if kind is not None and kind.kind == "document":
        require_document(context, person, ref, VIEW)
    else:
        require(context, person, LOOK)


def may_with_document(context: Context, person: Person | None, ref: RecordRef, verb: str) -> bool:
    try:
        require_document(context, person, ref, verb)
    except PermissionDenied:
        return False
    return True


def sees_everything(context: Context, person: Person | None) -> bool:
    """Whether every tab and every document is theirs to see, whatever is in it."""
    return person is None or all(
        decide(context, person, f"{resource.name}:{VIEW}").allowed
        for resource in context.permissions.catalogue.resources.values()
        if resource.group == DOCUMENTS
    )


def viewable(context: Context, session: Session, person: Person | None, refs: Iterable[RecordRef]) -> set[RecordRef]:
    """Of these records, those the person may see: documents by the permissions, records of other kinds all."""
    wanted = set(refs)
    by_kind: dict[tuple[str, str], set[RecordRef]] = {}
    for ref in wanted:
        by_kind.setdefault((ref.service, ref.entity), set()).add(ref)
    found: set[RecordRef] = set()
    for (service, entity), some in by_kind.items():
        kind = context.registry.entities.get(f"{service}.{entity}")
        decision = decide(context, person, f"{service}.{entity}:{VIEW}")
        if kind is None or kind.kind != "document" or decision.allowed:
            found |= some
        elif decision.possible:
            facts = document_facts(context, session, Documents(session).known(some))
            found |= {ref for ref, each in facts.items() if decide(context, person, decision.action, each).allowed}
    return found


def document_facts(
    context: Context, session: Session, documents: Mapping[RecordRef, Record]
) -> "dict[RecordRef, Facts]":
    """What policies may know of these documents: themselves, their deal and their account, where they have them."""
    crm = context.registry.crm_service()
    records = Records(session)
    named = {ref: _reference(each.fields, "deal") for ref, each in documents.items()}
    deals = records.get_many([deal for deal in named.values() if deal])
    customers = {ref: _reference(each.fields, "customer") for ref, each in documents.items()}
    linked = Links(session).counterparts([each for each in customers.values() if each], crm, "account")
    owners: dict[RecordRef, RecordRef] = {}
    for ref in documents:
        customer, deal = customers[ref], named[ref]
        account = linked.get(customer) if customer else None
        if account is None and deal in deals:
            account = _reference(deals[deal].fields, "account")
        if account is not None:
            owners[ref] = account
    accounts = records.get_many(set(owners.values()))
    return {
        ref: _facts(each, _among(deals, named[ref]), _among(accounts, owners.get(ref)))
        for ref, each in documents.items()
    }


def account_facts(account: Record | None) -> "Facts":
    """What policies may know of an account's balances."""
    return {"account": account.fields} if account else {}


def _facts(document: Record, deal: Record | None, account: Record | None) -> "Facts":
    total = document.fields.get("total")
    currency = {"currency": total.currency} if isinstance(total, Money) else {}
    known: dict[str, Fields] = {"document": {**currency, **document.fields}}
    if deal is not None:
        known["deal"] = deal.fields
    if account is not None:
        known["account"] = account.fields
    return known


def _among(records: Mapping[RecordRef, Record], ref: RecordRef | None) -> Record | None:
    return records.get(ref) if ref is not None else None


def _reference(fields: Fields, name: str) -> RecordRef | None:
    value = fields.get(name)
    return value if isinstance(value, RecordRef) else None


def _of_document(
    context: Context, session: Session, person: Person | None, ref: RecordRef, verb: str
) -> "Decision | None":
    facts = document_facts(context, session, Documents(session).known([ref])).get(ref)
    return decide(context, person, on_document(ref, verb), facts) if facts is not None else None


def _denied(decision: "Decision", on: str = "") -> PermissionDenied:
    return PermissionDenied(
        decision.reason,
        who=decision.person.email if decision.person else "",
        what=decision.action,
        on=on,
        hint=Text(
            en="An administrator of the CRM can see why: tsunagi why-denied",
            ja="CRM の管理者が理由を確認できます: tsunagi why-denied",
        ),
    )


def require_administrator(context: Context, person: Person | None, action: str) -> None:
    """For what only administrators of the CRM may do: their profile is read from the CRM again, never from the store.

    Raises PermissionDenied; NotConnected where there is no CRM to ask yet.
    """
    if person is None:
        return
    fresh = person_named(context, person.email, refresh=True)
    if not (fresh.active and fresh.administrator):
        raise PermissionDenied(
            Text(
                en=f"{action} is for administrators of the CRM; {fresh.email} has the profile '{fresh.profile}'.",
                ja=f"{action} は CRM の管理者のみ可能です。{fresh.email} のプロファイルは「{fresh.profile}」です。",
            ),
            who=fresh.email,
            what=action,
            hint=Text(en="Ask a CRM administrator.", ja="CRM の管理者に依頼してください。"),
        )


def person_named(context: Context, email: str, *, refresh: bool = False) -> Person:
    """The CRM's user with this e-mail address, as last read, or read again. Raises ConfigError for an unknown one."""
    if refresh or (found := known_person(context, email)) is None:
        refresh_people(context)
        found = known_person(context, email)
    if found is None:
        raise ConfigError(
            Text(en=f"The CRM has no user '{email}'.", ja=f"CRM に利用者「{email}」はいません。"),
            hint=Text(
                en="Use the e-mail address the CRM knows them by.",
                ja="CRM に登録されたメールアドレスを使ってください。",
            ),
        )
    return found


def known_person(context: Context, email: str) -> Person | None:
    """As last read; None for somebody who was not."""
    with context.store.read() as session:
        return People(session).by_email(email)


def list_people(context: Context, actor: Person | None) -> Sequence[Person]:
    """The CRM's users, as last read; everybody may see them."""
    require(context, actor, "people:view")
    with context.store.read() as session:
        return People(session).all(context.registry.crm_service())


def refresh_people(context: Context) -> tuple[Person, ...]:
    """Read the CRM's users and keep them. Raises NotConnected, ConfigError where the CRM lists none."""
    service = context.registry.crm_service()
    connector = context.connectors.get(service)
    if not isinstance(connector, Directory):
        raise ConfigError(
            Text(
                en=f"The plugin of '{service}' does not list its users.",
                ja=f"「{service}」のプラグインは利用者の情報を提供していません。",
            )
        )
    people = connector.people()
    with context.store.write() as session:
        People(session).replace_all(service, people, context.now())
    return people
