"""What can be permitted: resources with their actions, named as permission files name them.

RESOURCE   `hub` and others of the hub's own, `tab.<service>`, `receivables`, or a kind of document,
           `<service>.<entity>`
ACTION     `<resource>:<verb>`, such as `ledger.invoice:email` or `tab.ledger:view`
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.wording import joined, nearest

VIEW = "view"
VERBS = (VIEW, "create", "edit", "email", "run", "check", "disable", "enable")
TABS, DOCUMENTS, RECEIVABLES, RECORDS = "tabs", "documents", "receivables", "records"
TAB = "tab."

# The hub's own: administrators keep these whatever the files contain.
HUB: Mapping[str, tuple[str, ...]] = {
    "hub": (VIEW,),
    "people": (VIEW,),
    "services": (VIEW, "disable", "enable"),
    "sync": ("run",),
    "currencies": ("check",),
    "rules": (VIEW, "edit"),
    "permissions": (VIEW,),
}
LABELS: Mapping[str, Text] = {
    "hub": Text(en="Sign in and look", ja="サインインと閲覧"),
    "people": Text(en="Users of the CRM", ja="CRM の利用者"),
    "services": Text(en="Services", ja="サービス"),
    "sync": Text(en="Sync", ja="同期"),
    "currencies": Text(en="Currencies", ja="通貨"),
    "rules": Text(en="Rules", ja="ルール"),
    "permissions": Text(en="Permissions", ja="権限"),
    RECEIVABLES: Text(en="Receivables and payables", ja="売掛金・買掛金"),
}

_PERSON = EntityType(
    service="hub",
    name="person",
    label=Text(en="Person", ja="利用者"),
    plural=Text(en="People", ja="利用者"),
    fields=tuple(
        FieldSpec(name, "text", label)
        for name, label in {
            "name": Text(en="Name", ja="名前"),
            "email": Text(en="E-mail", ja="メール"),
            "profile": Text(en="Profile", ja="プロファイル"),
            "role": Text(en="Role", ja="ロール"),
        }.items()
    ),
)
_DOCUMENT_FIELDS = (
    FieldSpec("number", "text", Text(en="Number", ja="番号")),
    FieldSpec("status", "text", Text(en="Status", ja="状態")),
    FieldSpec("date", "date", Text(en="Date", ja="日付")),
    FieldSpec("due_date", "date", Text(en="Due date", ja="期日")),
    FieldSpec("total", "money", Text(en="Total", ja="合計")),
    FieldSpec("balance", "money", Text(en="Balance", ja="残高")),
    FieldSpec("base_total", "money", Text(en="Total in base currency", ja="合計(基準通貨)")),
    FieldSpec("base_balance", "money", Text(en="Balance in base currency", ja="残高(基準通貨)")),
    FieldSpec("currency", "text", Text(en="Currency", ja="通貨")),
    FieldSpec("reference", "text", Text(en="Reference", ja="参照番号")),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """Something people are permitted to act on. `short` is the kind's name for documents ("invoice")."""

    name: str
    label: Text
    verbs: tuple[str, ...]
    group: str
    short: str = ""
    service: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(f"{self.name}:{verb}" for verb in self.verbs)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every resource by name, in the order people read them, and the words conditions may use."""

    resources: Mapping[str, Resource]
    vocabulary: "Vocabulary"
    subject: EntityType

    @classmethod
    def of(
        cls,
        entities: Iterable[EntityType],
        panels: Iterable[Panel] = (),
        crm: str = "crm",
        asked: Container[str] = frozenset(),
    ) -> "Catalogue":
        """`panels` determine which services have a tab; `asked` is what the actions of rules need (Action.asks)."""
        from tsunagi.rules.vocabulary import Vocabulary  # noqa: PLC0415 - most only need the names above

        known = tuple(entities)
        found = [Resource(name, LABELS[name], verbs, "hub") for name, verbs in HUB.items()]
        services = dict.fromkeys(panel.service for panel in panels)
        found += [Resource(f"{TAB}{name}", Text.same(name), (VIEW,), TABS, service=name) for name in services]
        found.append(Resource(RECEIVABLES, LABELS[RECEIVABLES], (VIEW,), RECEIVABLES))
        found += [
            Resource(each.key, each.label, _verbs(each, asked), DOCUMENTS, each.name, each.service)
            for each in known
            if each.kind == "document"
        ]
        # Of records that are no documents, what rules may change or make; everybody who may sign in sees them.
        found += [
            Resource(each.key, each.label, verbs, RECORDS, each.name, each.service)
            for each in known
            if each.kind != "document" and (verbs := _asked(each, asked))
        ]
        subject = _subject(crm)
        vocabulary = Vocabulary({**{each.key: each for each in known}, "hub.person": _PERSON}, {}, {})
        return cls({each.name: each for each in found}, vocabulary, subject)

    def named(self, name: str) -> tuple[Resource, ...] | Text:
        """The resources a file means by a name: one, a kind of document of every service, or a group."""
        chosen = tuple(
            each for each in self.resources.values() if name in {each.name, each.short, each.group} and name != ""
        )
        # "hub" names everything of the hub's own; a group may be empty while no plugin contributes to it.
        if chosen or name in {TABS, DOCUMENTS}:
            return chosen
        message = Text(
            en=f"There is nothing called '{name}' to permit.", ja=f"「{name}」という権限の対象はありません。"
        )
        return joined(message, nearest(name, self.names))

    @property
    def names(self) -> set[str]:
        every = self.resources.values()
        return {name for each in every for name in (each.name, each.short, each.group) if name}

    def holds_records(self, resource: Resource) -> bool:
        """Whether its actions are about a record, so that a policy may look at it."""
        return resource.group in {DOCUMENTS, RECEIVABLES}


def _verbs(kind: EntityType, asked: Container[str]) -> tuple[str, ...]:
    """What people may do with documents of the kind, and what only rules do."""
    return tuple(dict.fromkeys((*kind.verbs, *_asked(kind, asked))))


def _asked(kind: EntityType, asked: Container[str]) -> tuple[str, ...]:
    return tuple(verb for verb in VERBS if f"{kind.key}:{verb}" in asked)


_BELONGS = {
    "account": Text(en="Account", ja="取引先"),
    "deal": Text(en="Deal", ja="商談"),
    "person": Text(en="Who acts", ja="操作する人"),
}


def _subject(crm: str) -> EntityType:
    """A document as conditions see it, with what it belongs to and who acts."""
    references = {"account": f"{crm}.account", "deal": f"{crm}.deal", "person": "hub.person"}
    return EntityType(
        service="hub",
        name="document",
        label=Text(en="Document", ja="書類"),
        plural=Text(en="Documents", ja="書類"),
        fields=(
            *_DOCUMENT_FIELDS,
            *(FieldSpec(name, "reference", _BELONGS[name], references=to) for name, to in references.items()),
        ),
    )
