"""Zoho CRM as a connector."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from tsunagi import (
    BrokenAnswer,
    Capabilities,
    ConfigError,
    ConnectorContext,
    ConnectorError,
    Cursor,
    Fields,
    FieldSpec,
    Limits,
    NewRecord,
    Organization,
    OutcomeUnknown,
    Page,
    Person,
    Rate,
    Record,
    RecordChange,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    Removal,
    ServicePlan,
    Subscription,
    Text,
    names_record,
)
from tsunagi_crm import currencies, finding, notifications, people
from tsunagi_crm.activities import ACTIVITIES, left_to_people
from tsunagi_crm.entities import MODULES, SERVICE, CrmModule
from tsunagi_crm.finding import info_in
from tsunagi_crm.listing import Place, read_removals
from tsunagi_crm.metadata import Metadata, modules_with_documents, read_added_fields
from tsunagi_crm.rows import (
    CURRENCY,
    create_rows,
    extra_names,
    line_of,
    names_asked,
    record_of,
    row_of,
    rows_in,
    update_rows,
    written_record,
)
from tsunagi_zoho import Answer, Json, RetryPolicy, ZohoClient, crm_error, crm_item

_BASE_PATH = "/crm/v8"
_PAGE = 200
_IDS_A_CALL = 100
_LINE_NAMES = "Product_Name,Product_Code,Unit_Price,List_Price,Quantity,Description"
# The listing cannot go on by its token: it is too old, or at the end of the 100 000 records a token reaches.
_TOKEN_IS_OVER = frozenset(
    {
        "EXPIRED_VALUE",
        "TOKEN_BOUND_DATA_MISMATCH",
        "PAGINATION_LIMIT_EXCEEDED",
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
    }
)
_WRITES_A_CALL = 100
_KEPT = Capabilities(
    create=True,
    update=True,
    delete=True,
    page_size=_PAGE,
    batch_create=_WRITES_A_CALL,
    batch_update=_WRITES_A_CALL,
)
_CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        "account": _KEPT,
        "contact": _KEPT,
        "deal": Capabilities(create=True, update=True, delete=True, page_size=_PAGE, related=("products",)),
        "vendor": _KEPT,
        "product": _KEPT,
        # Made for people to work on, and never listed.
        **dict.fromkeys(ACTIVITIES, Capabilities(create=True, listing="none")),
    }
)


class CrmConnector:
    """Accounts, contacts, deals, vendors and products of one CRM organisation; see tsunagi.Connector for the contract.

    Also its users (tsunagi.Directory), its plan and currencies (tsunagi.Plans, tsunagi.MultiCurrency), and which
    documents of its own it has (tsunagi.OwnDocuments), what was deleted (tsunagi.Removals), its custom views
    (tsunagi.Views) the fields it has added (tsunagi.AddedFields), and how it calls values
    (tsunagi.ChoiceLabels).

    A record from `create`, or from `update` with an expected version, is not complete: it holds what was sent.
    """

    def __init__(self, context: ConnectorContext, *, retry_policy: RetryPolicy | None = None) -> None:
        self._now = context.now
        self._added_fields = context.added_fields
        self._client = ZohoClient(
            context,
            service=SERVICE,
            base_path=_BASE_PATH,
            error_reader=crm_error,
            # The lowest concurrency of a paid edition, and the credits in 24 hours it has before any user's are added.
            limits=Limits(concurrency=10, per_day=50_000),
            retry_policy=retry_policy,
        )
        self._metadata = Metadata(self._client)

    @property
    def service(self) -> str:
        return SERVICE

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        return _CAPABILITIES

    def organization(self) -> Organization:
        return self._metadata.organization().organization

    def choice_labels(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        return self._metadata.choice_labels()

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        module = self._module(entity)
        if entity in ACTIVITIES:
            return Page((), cursor or "", more=False)
        place = Place.of(cursor) or Place(self._extras(module))
        added = [field.native for field in module.added]
        if place.page == 1 and not place.token and not set(added) <= set(place.extras):
            # A field is kept in step that earlier listings did not bring: everything is read once more.
            place = Place(self._extras(module))
        answer = self._listing(module, place)
        if answer is None:
            place = place.restarted()
            answer = self._listing(module, place)
        if answer is None:
            raise _unlistable(entity)
        if not rows_in(answer):
            return Page((), place.finished(self._time_of(answer)).cursor(), more=False)
        extras = self._extras(module)
        if extras != place.extras:
            # The organisation's fields changed since the last sync: these rows lack a field.
            return self.changes(entity, Place(extras, since=place.since, latest=place.latest).cursor())
        return self._page(module, place, answer)

    def removals(self, entity: str, since: datetime | None) -> Sequence[Removal]:
        return read_removals(self._client, _module(entity), since)

    def view_names(self, entity: str) -> Sequence[str]:
        return tuple(self._metadata.views(_module(entity).module))

    def changes_in_view(self, entity: str, view: str, cursor: Cursor | None) -> Page:
        """The records have only id and version."""
        module, place = _module(entity), Place.of(cursor) or Place(())
        id = self._metadata.view(module.module, view)
        answer = self._listing(module, place, view=id)
        if answer is None:
            place = place.restarted()
            answer = self._listing(module, place, view=id)
        if answer is None:
            raise _unlistable(entity)
        if not rows_in(answer):
            return Page((), place.finished(self._time_of(answer)).cursor(), more=False)
        return self._page(replace(module, fields=()), place, answer)

    def organization_fields(self, entity: str) -> Sequence[FieldSpec]:
        return read_added_fields(self._client, _module(entity))

    @names_record
    def get(self, ref: RecordRef) -> Record:
        module = self._module(ref.entity)
        answer = self._client.get(f"/{module.module}/{ref.id}", params={"fields": self._names(module)})
        rows = rows_in(answer)
        if not rows:
            raise RecordNotFound(
                Text(en=f"The CRM has no {ref} (any more).", ja=f"CRM に {ref} はありません。"),
                service=SERVICE,
                ref=str(ref),
            )
        return record_of(module, rows[0], self._metadata)

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        module = self._module(entity)
        if entity in ACTIVITIES:
            return tuple(record for each in ids if (record := self._get_or_none(RecordRef(SERVICE, entity, each))))
        rows = (row for some in _split(ids) for row in self._rows_by_id(module, some))
        return tuple(record_of(module, row, self._metadata) for row in rows)

    @names_record
    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        wanted = relation in _CAPABILITIES[ref.entity].related
        if not wanted or not self._metadata.deals_have("Products"):
            return ()
        several = self._metadata.organization().multi_currency
        names = f"{_LINE_NAMES},{CURRENCY}" if several else _LINE_NAMES
        answer = self._client.get(f"/Deals/{ref.id}/Products", params={"fields": names, "per_page": str(_PAGE)})
        return tuple(line_of(row, self._metadata) for row in rows_in(answer))

    def create(self, entity: str, new: NewRecord) -> Record:
        module = self._module(entity)
        body = {"data": [row_of(module, new.fields, self._metadata)]}
        answer = self._client.post(f"/{module.module}", body)
        try:
            return written_record(module, crm_item(answer), new.fields)
        except BrokenAnswer as error:
            # It may have been made all the same: nobody may take this error for a creation that failed.
            raise OutcomeUnknown(error.message, service=SERVICE) from error

    def create_many(self, entity: str, new: Sequence[NewRecord]) -> Sequence[Record | ConnectorError]:
        return create_rows(self._client, self._module(entity), self._metadata, new)

    def update_many(self, entity: str, changes: Sequence[RecordChange]) -> Sequence[Record | ConnectorError]:
        return update_rows(self._client, self._module(entity), self._metadata, changes)

    def find(self, entity: str, new: NewRecord) -> Record | None:
        module = self._module(entity)
        return finding.find(self._client, module, self._metadata, new.fields, self._names(module))

    @names_record
    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        if ref.entity in ACTIVITIES:
            raise left_to_people(ref, "update")
        module = self._module(ref.entity)
        body = {"data": [row_of(module, changes, self._metadata)]}
        headers = {"If-Unmodified-Since": expected_version} if expected_version else {}
        item = crm_item(self._client.put(f"/{module.module}/{ref.id}", body, headers=headers))
        # Without a precondition others may have changed the record too: only reading it shows.
        return written_record(module, item, changes) if expected_version else self.get(ref)

    def delete(self, ref: RecordRef) -> None:
        if ref.entity in ACTIVITIES:
            raise left_to_people(ref, "delete")
        module = self._module(ref.entity)
        try:
            crm_item(self._client.delete(f"/{module.module}", params={"ids": ref.id}, repeatable=True))
        except RecordNotFound:
            return

    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        raise RecordRejected(
            Text(
                en=f"{ref}: the CRM has no verb '{verb}'; change a field instead, such as a deal's stage.",
                ja=f"{ref}: CRM に操作「{verb}」はありません。商談のステージなど、項目を変更してください。",
            ),
            service=SERVICE,
            problems={"verb": f"{verb!r} with {sorted(parameters)}; there are none"},
        )

    def subscribe(self, subscription: Subscription) -> Subscription | None:
        modules = [_module(entity) for entity in subscription.entities]
        body = notifications.request(subscription, modules, self._now())
        # Subscribing twice to one channel keeps one: after a lost answer it may be repeated.
        return notifications.granted(
            subscription, crm_item(self._client.post("/actions/watch", body, repeatable=True), "watch")
        )

    def me(self) -> Person:
        return people.current_person(self._client)

    def people(self) -> tuple[Person, ...]:
        return people.all_people(self._client)

    def plan(self) -> ServicePlan:
        return currencies.read_plan(self._client, self._now())

    def rates(self) -> tuple[Rate, ...]:
        return currencies.read_rates(self._client)

    def enable_multi_currency(self, base: str) -> None:
        currencies.enable(self._client, base)
        self._metadata.forget_organization()

    def add_currency(self, rate: Rate) -> None:
        currencies.add(self._client, rate)

    def own_documents(self) -> tuple[str, ...]:
        return modules_with_documents(self._client)

    def close(self) -> None:
        self._client.close()

    def _get_or_none(self, ref: RecordRef) -> Record | None:
        try:
            return self.get(ref)
        except RecordNotFound:
            return None

    def _module(self, entity: str) -> CrmModule:
        """With the fields of the organisation's own that are kept in step."""
        module = _module(entity)
        added = self._added_fields(entity)
        return module.adding(added) if added else module

    def _extras(self, module: CrmModule) -> tuple[str, ...]:
        return (*extra_names(module, self._metadata), *(field.native for field in module.added))

    def _listing(self, module: CrmModule, place: Place, *, view: str = "") -> Answer | None:
        """One page; None where the token that leads to it is over. Of a view, only the ids are requested."""
        leading = {"page_token": place.token} if place.token else {"page": str(place.page)}
        params = {
            "fields": "Modified_Time" if view else names_asked(module, place.extras),
            "per_page": str(_PAGE),
            "sort_by": "Modified_Time",
            "sort_order": "asc",
            **leading,
            **({"cvid": view} if view else {}),
        }
        headers = {"If-Modified-Since": place.since} if place.since else {}
        try:
            return self._client.get(f"/{module.module}", params=params, headers=headers)
        except RecordRejected as refusal:
            if refusal.code in _TOKEN_IS_OVER and place.page > 1:
                return None
            raise

    def _page(self, module: CrmModule, place: Place, answer: Answer) -> Page:
        records = tuple(record_of(module, row, self._metadata) for row in rows_in(answer))
        place = place.seen(records[-1].modified_at)
        info = info_in(answer)
        more = bool(info.get("more_records"))
        after = place.onward(info.get("next_page_token")) if more else place.finished(self._time_of(answer))
        return Page(records, after.cursor(), more)

    def _rows_by_id(self, module: CrmModule, ids: Sequence[str]) -> list[Json]:
        params = {"ids": ",".join(ids), "fields": self._names(module), "per_page": str(_PAGE)}
        return rows_in(self._client.get(f"/{module.module}", params=params))

    def _names(self, module: CrmModule) -> str:
        return names_asked(module, self._extras(module))

    def _time_of(self, answer: Answer) -> datetime:
        date = answer.headers.get("date")
        return parsedate_to_datetime(date).astimezone(UTC) if date else self._now()


def build(context: ConnectorContext) -> CrmConnector:
    return CrmConnector(context)


def probe(context: ConnectorContext) -> Sequence[Organization]:
    """The one organisation a CRM user belongs to."""
    with closing(CrmConnector(context)) as connector:
        return (connector.organization(),)


def _module(entity: str) -> CrmModule:
    module = MODULES.get(entity) or ACTIVITIES.get(entity)
    if module is None:
        valid = ", ".join(MODULES)
        raise ConfigError(
            Text(
                en=f"The CRM plugin keeps no '{entity}'; valid are: {valid}",
                ja=f"CRM プラグインに「{entity}」はありません。使えるもの: {valid}",
            )
        )
    return module


def _split(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _IDS_A_CALL] for start in range(0, len(ids), _IDS_A_CALL))


def _unlistable(entity: str) -> BrokenAnswer:
    return BrokenAnswer(
        Text(
            en=f"The CRM refuses to list {entity} records from the beginning.",
            ja=f"CRM が {entity} の一覧を最初から返しません。",
        ),
        service=SERVICE,
    )
