"""Sets the CRM organisation up over HTTP where the vendor offers only its pages."""

from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import metadata, recycle_bin
from zoho_sandbox.finance import custom_fields


def add_custom_view(call: Call) -> Answer:
    """`POST /_sandbox/crm/custom_views` `{"module", "name", "criteria"?, "fields"?}` gives `{"id"}`."""
    given = call.body

    def add() -> str:
        return metadata.add_custom_view(
            call.sandbox, str(given.get("module")), str(given.get("name")), given.get("criteria"), given.get("fields")
        )

    return _created(call, add)


def add_field(call: Call) -> Answer:
    """`POST /_sandbox/crm/fields` `{"module", "api_name", "label", "data_type", …}` gives `{"id"}`."""
    given: dict[str, Any] = {"label": call.body.get("api_name"), "data_type": "text", **call.body}
    known = ("length", "pick_list", "lookup_module", "unique", "mandatory")

    def add() -> str:
        return metadata.add_field(
            call.sandbox,
            str(given.get("module")),
            str(given.get("api_name")),
            str(given["label"]),
            str(given["data_type"]),
            **{name: given[name] for name in known if name in given},
        )

    return _created(call, add)


def remove_field(call: Call) -> Answer:
    """`DELETE /_sandbox/crm/fields/{module}/{api_name}`: deletes a custom field and its values."""

    def remove() -> str:
        metadata.remove_field(call.sandbox, call.path["module"], call.path["api_name"])
        return ""

    return _created(call, remove, status=200)


def retype_field(call: Call) -> Answer:
    """`PUT /_sandbox/crm/fields/{module}/{api_name}` `{"data_type", "pick_list"?}`: what it held is lost."""

    def retype() -> str:
        data_type, choices = str(call.body.get("data_type")), call.body.get("pick_list", ())
        metadata.retype_field(call.sandbox, call.path["module"], call.path["api_name"], data_type, choices)
        return ""

    return _created(call, retype, status=200)


def set_finance_field(call: Call) -> Answer:
    """`PUT /_sandbox/finance/custom_fields/{api_name}` `{"exists"}`: false, and no record of any service has it."""

    def change() -> str:
        custom_fields.set_existing(call.sandbox.db, call.path["api_name"], exists=bool(call.body.get("exists")))
        return ""

    return _created(call, change, status=200)


def define_pipeline(call: Call) -> Answer:
    """`PUT /_sandbox/crm/stages` `{"stages": [{"name", "probability", "forecast_type"?}]}`."""

    def define() -> str:
        stages = [
            metadata.Stage(str(s["name"]), int(s["probability"]), str(s.get("forecast_type", "Open")))
            for s in call.body.get("stages", ())
        ]
        metadata.define_pipeline(call.sandbox, stages)
        return ""

    return _created(call, define, status=200)


def change_organization(call: Call) -> Answer:
    """`PUT /_sandbox/crm/org` `{"company_name"?, "currency_code"?, "time_zone"?, "country_code"?, "edition"?}`."""
    known = ("company_name", "currency_code", "time_zone", "country_code", "edition")

    def change() -> str:
        unknown = sorted(set(call.body) - set(known))
        if unknown:
            raise ValueError(f"unknown keys {unknown}; valid are {list(known)}")
        metadata.set_org(call.sandbox, **call.body)
        return ""

    return _created(call, change, status=200)


def restore_record(call: Call) -> Answer:
    """`POST /_sandbox/crm/recycle_bin/{id}/restore`: the record is back as it was."""

    def put_back() -> str:
        recycle_bin.restore(call.sandbox, call.path["id"])
        return call.path["id"]

    return _created(call, put_back, status=200)


def _created(call: Call, make: Callable[[], str], *, status: int = 201) -> Answer:
    try:
        with call.sandbox.db.transaction():
            made = make()
    except (ValueError, KeyError) as error:
        return Answer(400, {"message": str(error)})
    return Answer(status, {"id": made} if made else {"message": "changed"})
