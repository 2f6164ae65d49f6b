"""The main navigation: groups of pages, of which a person sees those they may open, and where they are in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from fastapi import Request

from tsunagi.app.access.permissions import decide
from tsunagi.app.automation.rule_editing import EDIT
from tsunagi.app.open_items.looking import count_for_person
from tsunagi.app.views.document_lists import document_kinds
from tsunagi.app.views.records import listed_when_paired
from tsunagi.domain.directory import Person
from tsunagi.hub import Hub
from tsunagi.translation import gettext as _
from tsunagi.translation import say


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its address and label; `alarms` counts what needs somebody there."""

    address: str
    label: str
    alarms: int = 0
    here: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together: never empty, and its own link is its first page."""

    label: str
    entries: Sequence[Entry]
    here: bool

    @property
    def address(self) -> str:
        return self.entries[0].address

    @property
    def alarms(self) -> int:
        return sum(entry.alarms for entry in self.entries)


def navigation(request: Request, hub: Hub, person: Person) -> list[Group]:
    """Groups without a page for this person are left out."""
    groups = (
        (_("Records"), (), _records(hub)),
        (_("Documents"), ("/documents",), _documents(hub, person)),
        (_("Sync"), (), _sync(hub, person)),
        (_("Open items"), (), _open_items(hub, person)),
        (_("Rules"), (), _rules(hub, person)),
        (_("Settings"), (), _settings(hub, person)),
    )
    return [_placed(request, label, paths, list(entries)) for label, paths, entries in groups if entries]


def short_labels(hub: Hub) -> dict[str, str]:
    """Names of services for narrow places: without a first word that several of them share."""
    labels = {service: say(kind.label) for service, kind in hub.registry.connectors.items()}
    words = {label.split(" ", 1)[0] for label in labels.values() if " " in label}
    for shared in words:
        same = [service for service, label in labels.items() if label.startswith(f"{shared} ")]
        if len(same) > 1:
            labels |= {service: labels[service].removeprefix(f"{shared} ") for service in same}
    return labels


def _placed(request: Request, label: str, paths: Sequence[str], entries: Sequence[Entry]) -> Group:
    """`paths` begin the addresses of further pages of the group, which have no entry."""
    fitting = [entry for entry in entries if _leads_here(request, entry.address)]
    # The longest address is the nearest: that of a page rather than that of its folder.
    here = max(fitting, key=lambda entry: len(entry.address), default=None)
    shown = [Entry(each.address, each.label, each.alarms, each is here) for each in entries]
    return Group(label, shown, here is not None or request.url.path.startswith(tuple(paths)))


def _leads_here(request: Request, address: str) -> bool:
    path, _mark, query = address.partition("?")
    service = parse_qs(query).get("service", [""])[0]
    shown = getattr(request.state, "service", "") or request.query_params.get("service", "")
    return (request.url.path == path or request.url.path.startswith(f"{path}/")) and service in {"", shown}


def _records(hub: Hub) -> list[Entry]:
    paired = listed_when_paired(hub.context)
    always = (("/accounts", _("Accounts")), ("/contacts", _("Contacts")), ("/deals", _("Deals")))
    lists = (("vendor", "/vendors", _("Vendors")), ("product", "/products", _("Products")))
    joined = (Entry(path, label) for kind, path, label in lists if kind in paired)
    return [*(Entry(path, label) for path, label in always), *joined]


def _documents(hub: Hub, person: Person) -> list[Entry]:
    """A list for each service that has one for this person."""
    services = dict.fromkeys(panel.service for panel in document_kinds(hub.context, person))
    labels = short_labels(hub)
    lists = [Entry(f"/documents?service={quote(service, safe='')}", labels[service]) for service in services]
    return [*lists, *_allowed(hub, person, ("receivables:view", "/receivables", _("Receivables")))]


def _sync(hub: Hub, person: Person) -> list[Entry]:
    return [
        Entry("/sync-runs", _("Runs")),
        *_allowed(hub, person, ("sync:run", "/plans", _("Plans"))),
        Entry("/sync-pairs", _("What is kept in step")),
    ]


def _open_items(hub: Hub, person: Person) -> list[Entry]:
    return [
        Entry("/open-items", _("Open items"), count_for_person(hub.context, person)),
        Entry("/sync-reviews", _("Questions of the sync")),
        *_allowed(hub, person, ("sync:run", "/reconciliation", _("Differences"))),
    ]


def _rules(hub: Hub, person: Person) -> list[Entry]:
    rules = Entry("/rules", _("Rules"), len(hub.rules.broken))
    return [rules, *_allowed(hub, person, (EDIT, "/rules/history", _("Earlier versions")))]


def _settings(hub: Hub, person: Person) -> list[Entry]:
    broken = len(hub.context.permissions.book.broken)
    plugins = sum(1 for plugin in hub.plugins if plugin.problem)
    administration = [Entry("/operations", _("Operations")), Entry("/operations/audit", _("Who did what"))]
    return [
        Entry("/services", _("Services")),
        *_allowed(hub, person, ("people:view", "/people", _("People"))),
        *_allowed(hub, person, ("permissions:view", "/permissions", _("Permissions")), broken),
        Entry("/plugins", _("Plugins"), plugins),
        Entry("/reference", _("API")),
        *(administration if person.administrator else ()),
    ]


def _allowed(hub: Hub, person: Person, page: tuple[str, str, str], alarms: int = 0) -> Iterator[Entry]:
    """The page, where this person may do what it is for: (permission, address, label)."""
    permission, address, label = page
    if decide(hub.context, person, permission).allowed:
        yield Entry(address, label, alarms)
