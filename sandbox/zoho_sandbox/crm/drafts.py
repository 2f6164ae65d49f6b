"""Turns a submitted record into what is stored, or says what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zoho_sandbox.crm import line_items, values
from zoho_sandbox.crm.currencies import rates
from zoho_sandbox.crm.errors import RecordProblem, problem_of
from zoho_sandbox.crm.fields import Field, ModuleInfo, catalog
from zoho_sandbox.crm.inventory_fields import NUMBERS
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.stages import PIPELINE_NAME, stage_by_name
from zoho_sandbox.crm.standard_fields import DEFAULTS, NAME_FIELDS
from zoho_sandbox.crm.users import references
from zoho_sandbox.sandbox import Sandbox

Values = dict[str, Any]
# Where a lookup may point into several modules, the record names which.
_SE_MODULE = "$se_module"


@dataclass(slots=True)
class Draft:
    """Checked values of one record: `data` by field (None clears it), and its owner where one was given."""

    data: Values
    owner_id: str | None = None


@dataclass(slots=True)
class Checker:
    """Checks the records of one module; remembers which references it has seen alive."""

    sandbox: Sandbox
    info: ModuleInfo
    _alive: dict[tuple[str, str], bool] = field(default_factory=dict)

    def created(self, row: Mapping[str, Any], path: str) -> Draft:
        """Check a new record at a JSON path; raises RecordProblem."""
        draft, problems = self._checked(row, path, None)
        wrong = {body["details"].get("api_name") for problem in problems for body in problem.errors}
        problems += [
            _mandatory(wanted, path)
            for wanted in self.info.fields.values()
            if wanted.mandatory and draft.data.get(wanted.api_name) is None and wanted.api_name not in wrong
        ]
        _raise_any(problems + self._duplicates(draft.data, path, None))
        draft.data = {name: value for name, value in draft.data.items() if value is not None}
        draft.data = DEFAULTS.get(self.info.api_name, {}) | draft.data
        if self.info.api_name == "Deals":
            draft.data.setdefault("Pipeline", PIPELINE_NAME)
            draft.data.setdefault("Probability", self._probability(draft.data["Stage"]))
        if self.info.api_name in NUMBERS:
            draft.data[NUMBERS[self.info.api_name]] = self.sandbox.new_id()
        draft.data |= line_items.totals(self.info.api_name, draft.data)
        self._price(draft.data, known_currency=None)
        return draft

    def changed(self, row: Mapping[str, Any], path: str, stored: Values, record_id: str) -> Draft:
        """Check changes to a stored record; raises RecordProblem."""
        draft, problems = self._checked(row, path, stored)
        problems += [
            _mandatory(self.info.fields[name], path)
            for name, value in draft.data.items()
            if value is None and self.info.fields[name].mandatory
        ]
        _raise_any(problems + self._duplicates(draft.data, path, record_id))
        if draft.data.get("Stage") is not None and self.info.api_name == "Deals" and "Probability" not in draft.data:
            draft.data["Probability"] = self._probability(draft.data["Stage"])
        draft.data |= line_items.totals(self.info.api_name, stored | draft.data)
        if "Currency" in draft.data:
            self._price(draft.data, known_currency=stored.get("Currency"))
        return draft

    def _checked(self, row: Mapping[str, Any], path: str, stored: Values | None) -> tuple[Draft, list[RecordProblem]]:
        """The good values, and what is wrong with each of the others; `stored` is None for a new record."""
        draft, problems = Draft({}), []
        for name, value in row.items():
            known = self.info.fields.get(name)
            if known is None or known.read_only:
                continue  # the vendor ignores what it does not know or lets nobody write
            where = f"{path}.{name}"
            try:
                if known.data_type == "subform" and value is not None:
                    lines = None if stored is None else stored.get(name, [])
                    draft.data[name] = line_items.checked(self.sandbox, known, value, where, lines) or None
                    continue
                checked = values.check(known, value, where)
                if known.data_type in ("lookup", "ownerlookup") and checked is not None:
                    module = known.lookup_module or self._module_named(known, row, path)
                    self._refers(known, module, checked, where)
                    if known.lookup_module is None and module:
                        draft.data[_SE_MODULE] = module
            except RecordProblem as problem:
                problems.append(problem)
                continue
            if name == "Owner":
                draft.owner_id = checked
            else:
                draft.data[name] = checked
        return draft, problems

    def _module_named(self, known: Field, row: Mapping[str, Any], path: str) -> str:
        """The module of a lookup into any of them; "" for an owner's."""
        if known.data_type == "ownerlookup":
            return ""
        details = {"api_name": _SE_MODULE, "json_path": f"{path}.{_SE_MODULE}"}
        named = row.get(_SE_MODULE)
        if named is None:
            raise RecordProblem("MANDATORY_NOT_FOUND", "required field not found", details)
        if named not in catalog(self.sandbox):
            raise RecordProblem("INVALID_DATA", "invalid data", details)
        return str(named)

    def _refers(self, known: Field, module: str, record_id: str, path: str) -> None:
        if known.data_type == "ownerlookup":
            alive = record_id in references(self.sandbox)
        else:
            alive = self._lives(module, record_id)
        if not alive:
            details = {"api_name": known.api_name, "json_path": f"{path}.id"}
            raise RecordProblem("INVALID_DATA", "the id given seems to be invalid", details)

    def _lives(self, module: str, record_id: str) -> bool:
        key = (module, record_id)
        if key not in self._alive:
            found = self.sandbox.db.one(
                "SELECT 1 FROM crm_record WHERE id = ? AND module = ?", (int(record_id), module)
            )
            self._alive[key] = found is not None
        return self._alive[key]

    def _probability(self, stage: str) -> int:
        return stage_by_name(self.sandbox)[stage].stage.probability

    def _price(self, data: Values, known_currency: str | None) -> None:
        """Where multi-currency is on, every record has a currency and the rate of the day it got it."""
        known = rates(self.sandbox)
        if not known:
            return
        code = data.get("Currency") or known_currency or organization(self.sandbox).currency_code
        data["Currency"] = code
        if data.get("Exchange_Rate") is None and code != known_currency:
            data["Exchange_Rate"] = Decimal(known.get(code, "1"))

    def _duplicates(self, data: Values, path: str, record_id: str | None) -> list[RecordProblem]:
        """Values of unique fields that another record has."""
        problems = []
        for known in self.info.fields.values():
            value = data.get(known.api_name)
            if not known.unique or value is None:
                continue
            twin = holder(self.sandbox, self.info.api_name, known.api_name, value, record_id)
            if twin is not None:
                problem = RecordProblem(
                    "DUPLICATE_DATA",
                    "duplicate data",
                    {
                        "api_name": known.api_name,
                        "json_path": f"{path}.{known.api_name}",
                        "duplicate_record": {
                            "id": str(twin["id"]),
                            "module": {"api_name": self.info.api_name, "id": self.info.id},
                            "Owner": references(self.sandbox)[twin["owner_id"]],
                        },
                        "more_records": False,
                    },
                )
                problems.append(problem)
        return problems


def holder(sandbox: Sandbox, module: str, name: str, value: Any, except_id: str | None) -> Any:
    """The first record whose field has the value (letter case aside), or None."""
    column = "name" if name == NAME_FIELDS[module] else f"json_extract(data, '$.{name}')"
    bound = float(value) if isinstance(value, Decimal) else value
    return sandbox.db.one(
        f"SELECT id, owner_id FROM crm_record WHERE module = ? AND {column} = ? COLLATE NOCASE AND id <> ?"  # noqa: S608  (a known field's name)
        " ORDER BY id LIMIT 1",
        (module, bound, int(except_id or 0)),
    )


def _raise_any(problems: list[RecordProblem]) -> None:
    if problems:
        raise problem_of(problems)


def _mandatory(known: Field, path: str) -> RecordProblem:
    details = {"api_name": known.api_name, "json_path": f"{path}.{known.api_name}"}
    return RecordProblem("MANDATORY_NOT_FOUND", "required field not found", details)
