"""The settings that describe modules: fields, layouts, views, pipeline, related lists."""

from collections.abc import Sequence
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import parameters, views
from zoho_sandbox.crm.errors import missing_parameter, refused
from zoho_sandbox.crm.fields import Field, ModuleInfo, catalog
from zoho_sandbox.crm.inventory_fields import LINE_ITEMS
from zoho_sandbox.crm.relations import RelatedList, related_lists
from zoho_sandbox.crm.stages import pipeline_json, stage_by_name, stage_choice
from zoho_sandbox.crm.standard_fields import NAME_FIELDS, SINGULAR

_UNLIMITED_LENGTH = 16


def list_modules(call: Call) -> Answer:
    """`GET /settings/modules`."""
    modules = catalog(call.sandbox).values()
    return Answer(200, {"modules": [_module_json(info, number) for number, info in enumerate(modules, start=1)]})


def get_module(call: Call) -> Answer:
    """`GET /settings/modules/{api_name or id}`."""
    wanted = call.path["name"]
    for number, info in enumerate(catalog(call.sandbox).values(), start=1):
        if wanted in (info.api_name, info.id):
            return Answer(200, {"modules": [_module_json(info, number)]})
    raise refused("INVALID_MODULE", "The module name given seems to be invalid")


def _module_json(info: ModuleInfo, number: int) -> dict[str, Any]:
    singular, plural = SINGULAR[info.api_name], info.api_name.replace("_", " ")
    on = dict.fromkeys(
        (
            "visible",
            "viewable",
            "creatable",
            "editable",
            "deletable",
            "convertable",
            "api_supported",
            "quick_create",
            "triggers_supported",
            "show_as_tab",
            "filter_supported",
            "feeds_required",
            "scoring_supported",
            "webform_supported",
            "emailTemplate_support",
            "recycle_bin_on_delete",
            "chart_view_supported",
            "isBlueprintSupported",
            "global_search_supported",
            "presence_sub_menu",
        ),
        True,
    )
    off = dict.fromkeys(("chart_view", "email_parser_supported", "track_current_data"), False)
    return {
        "id": info.id,
        "api_name": info.api_name,
        "module_name": info.api_name.replace("_", ""),
        "singular_label": singular,
        "plural_label": plural,
        "actual_singular_label": singular,
        "actual_plural_label": plural,
        "generated_type": "default",
        "sequence_number": number,
        "visibility": 1,
        "status": "visible",
        "parent_module": {},
        "profiles": [],
        "profile_count": 2,
        "business_card_field_limit": 5,
        "arguments": [],
        "description": None,
        "web_link": None,
        "activity_badge": "Disabled",
        "modified_by": None,
        "modified_time": None,
        **on,
        **off,
        "inventory_template_supported": info.api_name in LINE_ITEMS,
    }


def list_fields(call: Call) -> Answer:
    """`GET /settings/fields?module=`."""
    info = parameters.module_of(call)
    shown = [_field_json(call, info, field, number) for number, field in enumerate(info.fields.values(), start=1)]
    return Answer(200, {"fields": shown})


def get_field(call: Call) -> Answer:
    """`GET /settings/fields/{id}?module=`."""
    info = parameters.module_of(call)
    for number, field in enumerate(info.fields.values(), start=1):
        if call.path["id"] in (field.id, field.api_name):
            return Answer(200, {"fields": [_field_json(call, info, field, number)]})
    return Answer(204)


def _field_json(call: Call, info: ModuleInfo, field: Field, number: int) -> dict[str, Any]:
    writable = not field.read_only
    return {
        "id": field.id,
        "api_name": field.api_name,
        "field_label": field.label,
        "display_label": field.label,
        "data_type": field.data_type,
        "json_type": field.json_type,
        "length": field.length,
        "decimal_place": _decimal_places(field),
        "system_mandatory": field.mandatory,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "custom_field": field.custom,
        "visible": field.visible,
        "display_field": field.api_name == NAME_FIELDS[info.api_name],
        "unique": {"casesensitive": False} if field.unique else {},
        "lookup": _lookup_json(call, field),
        "pick_list_values": _choices_json(call, field),
        "pick_list_values_sorted_lexically": False,
        "operation_type": {
            "web_view": True,
            "api_create": writable,
            "api_update": writable,
            "web_create": writable,
            "web_update": writable,
        },
        "view_type": {"view": True, "edit": writable, "quick_create": field.mandatory, "create": writable},
        "created_source": "custom" if field.custom else "default",
        "created_time": None,
        "modified_time": None,
        "type": "used",
        "sequence_number": number,
        "quick_sequence_number": None,
        "default_value": None,
        "tooltip": None,
        "formula": {},
        "currency": {"rounding_option": "normal", "precision": 2} if field.data_type == "currency" else {},
        "auto_number": {},
        "multiselectlookup": {},
        "subform": {"module": field.api_name, "id": field.id} if field.data_type == "subform" else None,
        "profiles": [],
        "layout_associations": [{"name": "Standard", "api_name": "Standard", "id": info.layout_id}],
        "history_tracking": None,
        "convert_mapping": None,
        "associated_module": None,
        "crypt": None,
        "external": None,
        "column_name": field.api_name.upper(),
        "ui_type": 1,
        "display_type": -1,
        "show_type": 7,
        "category": 1,
        "webhook": True,
        "searchable": True,
        "sortable": True,
        "filterable": True,
        "mass_update": writable,
        "virtual_field": not field.stored,
        "businesscard_supported": True,
        "blueprint_supported": writable,
        "available_in_user_layout": True,
        "separator": field.data_type == "currency",
        "enable_colour_code": False,
        "colour_code_enabled_by_system": False,
    }


def _decimal_places(field: Field) -> int | None:
    if field.data_type not in ("currency", "double"):
        return None
    return 9 if field.api_name == "Exchange_Rate" else 2


def _lookup_json(call: Call, field: Field) -> dict[str, Any]:
    if field.lookup_module is None:
        return {}
    target = catalog(call.sandbox)[field.lookup_module]
    return {
        "display_label": field.module,
        "api_name": field.module,
        "module": {"api_name": target.api_name, "id": target.id},
        "id": field.lookup_id or field.id,
        "query_details": {},
        "revalidate_filter_during_edit": False,
    }


def _choices_json(call: Call, field: Field) -> list[dict[str, Any]]:
    if field.module == "Deals" and field.api_name == "Stage":
        return [stage_choice(stored) for stored in stage_by_name(call.sandbox).values()]
    return [
        {
            "id": f"{field.id[:-4]}{int(field.id[-4:]) + 5000 + position:04d}",
            "actual_value": choice,
            "display_value": choice,
            "reference_value": choice,
            "type": "used",
            "colour_code": None,
            "sequence_number": position,
        }
        for position, choice in enumerate(field.choices, start=1)
    ]


def list_layouts(call: Call) -> Answer:
    """`GET /settings/layouts?module=`: one standard layout a module."""
    info = parameters.module_of(call)
    return Answer(200, {"layouts": [_layout_json(call, info)]})


def get_layout(call: Call) -> Answer:
    """`GET /settings/layouts/{id}?module=`."""
    info = parameters.module_of(call)
    if call.path["id"] != info.layout_id:
        return Answer(204)
    return Answer(200, {"layouts": [_layout_json(call, info)]})


def _layout_json(call: Call, info: ModuleInfo) -> dict[str, Any]:
    section = {
        "display_label": f"{SINGULAR[info.api_name]} Information",
        "name": f"{SINGULAR[info.api_name]} Information",
        "api_name": f"{SINGULAR[info.api_name].replace(' ', '_')}_Information",
        "id": str(int(info.layout_id) + 2),
        "sequence_number": 1,
        "column_count": 2,
        "isSubformSection": False,
        "tab_traversal": "1",
        "generated_type": "default",
        "type": "used",
        "fields": [_field_json(call, info, f, n) for n, f in enumerate(info.fields.values(), start=1)],
        "properties": None,
    }
    return {
        "id": info.layout_id,
        "name": "Standard",
        "api_name": "Standard",
        "display_label": "Standard",
        "display_type": 1,
        "status": "active",
        "visible": True,
        "source": "crm",
        "mode": None,
        "generated_type": "default",
        "has_more_profiles": False,
        "show_business_card": True,
        "created_for": None,
        "created_by": None,
        "created_time": None,
        "modified_by": None,
        "modified_time": None,
        "convert_mapping": None,
        "profiles": [],
        "sections": [section],
        "actions_allowed": {
            "edit": True,
            "rename": False,
            "clone": True,
            "downgrade": False,
            "delete": False,
            "deactivate": False,
            "set_layout_permissions": False,
        },
    }


def list_custom_views(call: Call) -> Answer:
    """`GET /settings/custom_views?module=`, without criteria."""
    info = parameters.module_of(call)
    page, per_page = parameters.paging(call)
    rows = views.list_views(call.sandbox, info.api_name)
    start = (page - 1) * per_page
    shown = [views.view_json(call.sandbox, info, row, detailed=False) for row in rows[start : start + per_page]]
    paging = {
        "per_page": per_page,
        "count": len(shown),
        "page": page,
        "more_records": len(rows) > start + per_page,
        "default": rows[0]["id"],
        "translation": views.category_names(),
    }
    return Answer(200, {"custom_views": shown, "info": paging})


def get_custom_view(call: Call) -> Answer:
    """`GET /settings/custom_views/{id}?module=` with criteria and fields."""
    info = parameters.module_of(call)
    row = views.find_view(call.sandbox, info.api_name, call.path["id"])
    if row is None:
        return Answer(204)
    return Answer(200, {"custom_views": [views.view_json(call.sandbox, info, row, detailed=True)]})


def list_pipelines(call: Call) -> Answer:
    """`GET /settings/pipeline?layout_id=`."""
    _check_deal_layout(call)
    return Answer(200, {"pipeline": [pipeline_json(call.sandbox)]})


def get_pipeline(call: Call) -> Answer:
    """`GET /settings/pipeline/{id}?layout_id=`."""
    _check_deal_layout(call)
    pipeline = pipeline_json(call.sandbox)
    return Answer(200, {"pipeline": [pipeline]}) if pipeline["id"] == call.path["id"] else Answer(204)


def _check_deal_layout(call: Call) -> None:
    if "layout_id" not in call.query:
        raise missing_parameter("layout_id")
    if call.query["layout_id"] != catalog(call.sandbox)["Deals"].layout_id:
        raise refused("INVALID_DATA", "invalid data", {"param_name": "layout_id"})


def list_related_lists(call: Call) -> Answer:
    """`GET /settings/related_lists?module=`; 204 when a module has none."""
    info = parameters.module_of(call)
    found = related_lists(call.sandbox, info.api_name)
    shown = [_related_json(call, info, item, number) for number, item in enumerate(found, start=1)]
    return Answer(200, {"related_lists": shown}) if shown else Answer(204)


def _related_json(call: Call, info: ModuleInfo, item: RelatedList, number: int) -> dict[str, Any]:
    target = catalog(call.sandbox)[item.module]
    shown: Sequence[str] = [NAME_FIELDS[item.module]]
    return {
        "id": str(int(info.id) + 10 + number),
        "api_name": item.api_name,
        "name": item.api_name,
        "display_label": item.api_name.replace("_", " "),
        "module": {"api_name": target.api_name, "id": target.id},
        "sequence_number": str(number),
        "href": f"{info.api_name}/{{ENTITYID}}/{item.api_name}",
        "action": None,
        "type": "default",
        "connectedmodule": None,
        "linkingmodule": None,
        "customize_sort": False,
        "customize_fields": False,
        "customize_display_label": False,
        "sort_by": None,
        "sort_order": None,
        "fields": [{"api_name": name, "id": target.fields[name].id} for name in shown],
        "status": "visible",
    }
