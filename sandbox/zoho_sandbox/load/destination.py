"""Where a load puts things: the CRM's set-up and records, and the Books organisation of the same company."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from zoho_sandbox.crm import metadata, records
from zoho_sandbox.crm.errors import RecordProblem
from zoho_sandbox.crm.fields import catalog
from zoho_sandbox.crm.iso_currencies import iso_currencies
from zoho_sandbox.crm.relations import related_lists
from zoho_sandbox.crm.users import references
from zoho_sandbox.demo_data.people import latin
from zoho_sandbox.finance.currencies import add_currency as add_books_currency
from zoho_sandbox.finance.organizations import change_organization, default_organization
from zoho_sandbox.load import replay
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.field_kinds import USER_KINDS, FieldKind, FieldKinds, custom_kind
from zoho_sandbox.load.mapping import MODULES, Mapping, ModuleName, ModuleSource
from zoho_sandbox.sandbox import Sandbox

# The CRM has these two on every record once it keeps more than one currency.
_MONEY_KINDS = {
    "Currency": FieldKind("Currency", "Currency", "text"),
    "Exchange_Rate": FieldKind("Exchange_Rate", "Exchange Rate", "double"),
}


class Destination:
    """An opened, empty sandbox. Raises FolderError for one that holds records."""

    def __init__(self, sandbox: Sandbox) -> None:
        if sandbox.db.value("SELECT 1 FROM crm_record LIMIT 1"):
            raise FolderError(f"{sandbox.settings.data}: received a file with records; valid: a new data file")
        self.sandbox = sandbox
        self.base_currency = default_organization(sandbox.db).currency_code
        self.currencies: tuple[str, ...] = (self.base_currency,)
        self.known_currencies = tuple(iso_currencies())

    def field_kinds(self, mapping: Mapping | None = None) -> dict[ModuleName, FieldKinds]:
        """Each module's fields, with those the mapping adds."""
        kinds: dict[ModuleName, FieldKinds] = {"Users": USER_KINDS}
        for module in MODULES[1:]:
            source = mapping.modules.get(module) if mapping else None
            kinds[module] = self._standard_kinds(module) | _MONEY_KINDS | _custom_kinds(source)
        return kinds

    def _standard_kinds(self, module: ModuleName) -> dict[str, FieldKind]:
        return {
            field.api_name: FieldKind(
                field.api_name,
                field.label,
                field.data_type,
                "Users" if field.data_type == "ownerlookup" else field.lookup_module,
                writable=not field.read_only,
            )
            for field in catalog(self.sandbox)[module].fields.values()
        }

    def related_lists(self) -> dict[ModuleName, list[str]]:
        """The names of each module's related lists."""
        names: dict[ModuleName, list[str]] = {"Users": []}
        for module in MODULES[1:]:
            names[module] = [known.api_name for known in related_lists(self.sandbox, module)]
        return names

    @contextmanager
    def filling(self, mapping: Mapping) -> Iterator[None]:
        """Set the organisation up, then let the block insert: all of it is kept, or nothing."""
        self.sandbox.db.create(replay.SCHEMA)
        try:
            with self.sandbox.db.transaction():
                self._set_up(mapping)
                yield
        except BaseException:
            self.sandbox.memory.clear()  # what was read inside is undone
            raise

    def _set_up(self, mapping: Mapping) -> None:
        organisation = mapping.organisation
        self.base_currency = organisation.base_currency or self.base_currency
        foreign = {code: rate for code, rate in organisation.currencies.items() if code != self.base_currency}
        self.currencies = (self.base_currency, *foreign)
        metadata.set_org(
            self.sandbox,
            company_name=organisation.name,
            currency_code=self.base_currency,
            time_zone=organisation.time_zone,
            country_code=organisation.country,
        )
        for code, rate in foreign.items():
            metadata.add_currency(self.sandbox, code, f"{rate:.9f}")
        self._set_up_books(mapping, foreign)
        metadata.define_pipeline(
            self.sandbox,
            [metadata.Stage(stage.name, stage.probability, stage.forecast) for stage in mapping.pipeline.stages],
        )
        for module, source in mapping.modules.items():
            self._shape(module, source)

    def _set_up_books(self, mapping: Mapping, foreign: dict[str, Decimal]) -> None:
        books = default_organization(self.sandbox.db)
        change_organization(
            self.sandbox,
            books.organization_id,
            name=mapping.organisation.name,
            currency_code=self.base_currency,
            time_zone=mapping.organisation.time_zone or books.time_zone,
        )
        for code, rate in foreign.items():
            # Finance keeps the reciprocal: base units for one unit of the currency.
            add_books_currency(self.sandbox, books.organization_id, code, round(1 / rate, 9))

    def _shape(self, module: ModuleName, source: ModuleSource) -> None:
        for api_name, field in source.custom_fields.items():
            kind = custom_kind(api_name, field)
            metadata.add_field(self.sandbox, module, api_name, field.label, kind.data_type, lookup_module=kind.lookup)
        for related_list in source.without_related_lists:
            metadata.hide_related_list(self.sandbox, module, related_list)

    def insert(self, module: ModuleName, rows: Sequence[dict[str, Any]]) -> list[str]:
        """Insert records; returns their ids in order. Raises RecordProblem, then nothing is inserted."""
        with self._all_or_none():
            if module == "Users":
                return [self._add_user(row) for row in rows]
            return records.insert_records(self.sandbox, module, [self._row(row) for row in rows])

    @contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """The load is one transaction; a refused chunk must leave it as it was."""
        self.sandbox.db.execute("SAVEPOINT load_chunk")
        try:
            yield
        except RecordProblem:
            self.sandbox.db.execute("ROLLBACK TO load_chunk")
            raise
        finally:
            self.sandbox.db.execute("RELEASE load_chunk")

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        """With one currency only, the CRM has no fields for it."""
        if len(self.currencies) > 1:
            return row
        return {name: value for name, value in row.items() if name not in _MONEY_KINDS}

    def _add_user(self, row: dict[str, Any]) -> str:
        """A user without an e-mail address gets one at example.com."""
        taken = {user["email"] for user in references(self.sandbox).values()}
        email = row.get("email") or _free_address(row["full_name"], taken)
        if email in taken:
            raise RecordProblem("DUPLICATE_DATA", "duplicate data", {"api_name": "email"})
        first, _, last = row["full_name"].rpartition(" ")
        return metadata.add_user(
            self.sandbox,
            first_name=row.get("first_name", first),
            last_name=row.get("last_name", last),
            email=email,
        )

    def choices(self, module: ModuleName, api_name: str) -> tuple[str, ...] | None:
        """The values of a pick list; None for a field that is none."""
        if module == "Users":
            return None
        field = catalog(self.sandbox)[module].fields.get(api_name)
        return field.choices if field is not None and field.data_type == "picklist" else None

    def add_choice(self, module: ModuleName, api_name: str, value: str) -> None:
        known = self.choices(module, api_name) or ()
        metadata.set_pick_list(self.sandbox, module, api_name, [*known, value])

    def set_lookups(self, module: ModuleName, links: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Set lookup fields of records that stand already: (record id, fields)."""
        records.set_fields(self.sandbox, module, links)


def _free_address(name: str, taken: Collection[str]) -> str:
    local = latin(name).replace("-", ".") or "user"
    numbered = (f"{local}{count}@example.com" for count in range(2, len(taken) + 3))
    return next(address for address in (f"{local}@example.com", *numbered) if address not in taken)


def _custom_kinds(source: ModuleSource | None) -> dict[str, FieldKind]:
    if source is None:
        return {}
    return {api_name: custom_kind(api_name, field) for api_name, field in source.custom_fields.items()}
