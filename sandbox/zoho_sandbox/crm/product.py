"""CRM v8 as a product of the sandbox."""

from collections.abc import Callable

from zoho_sandbox.calls import Answer, Call, Handler, Operation, Refused, route
from zoho_sandbox.crm import (
    attachments,
    bulk_read,
    contact_roles,
    coql,
    inventory_convert,
    limits,
    merging,
    notes,
    notifications,
    organization,
    organization_api,
    record_reads,
    record_writes,
    recycle_bin,
    relations,
    settings_api,
    tags,
    users,
    views,
)
from zoho_sandbox.crm.callbacks import deliver
from zoho_sandbox.crm.errors import error, refuse
from zoho_sandbox.crm.fields import module_info
from zoho_sandbox.crm.schema import SCHEMA
from zoho_sandbox.crm.stages import DEFAULT_STAGES, define_pipeline
from zoho_sandbox.crm.standard_fields import create_standard_fields
from zoho_sandbox.product import Product
from zoho_sandbox.sandbox import Sandbox

_BASE = "/crm/v8"
_VERBS = {"READ": "View", "CREATE": "Create", "UPDATE": "Edit", "DELETE": "Delete"}


def _prepare(sandbox: Sandbox) -> None:
    organization.prepare(sandbox)
    users.prepare(sandbox)
    if not sandbox.db.value("SELECT count(*) FROM crm_module"):
        create_standard_fields(sandbox)
        define_pipeline(sandbox, DEFAULT_STAGES)
    views.prepare(sandbox)
    contact_roles.prepare(sandbox)


def _records(method: str, path: str, handler: Handler, verb: str) -> Operation:
    """An operation on records: needs the module's own scope and the profile's permission."""

    def permitted(call: Call) -> Answer:
        module = call.path["module"]
        permission = f"Crm_Implied_{_VERBS[verb]}_{module}"
        known = module_info(call.sandbox, module) is not None
        if known and not users.permits(call.sandbox, call.grant.user_id, permission):
            raise Refused(Answer(403, error("NO_PERMISSION", "permission denied", {"permissions": [permission]})))
        return handler(call)

    return route(method, _BASE + path, permitted, scope=_module_scope(verb))


def _deal_contacts(method: str, path: str, handler: Handler, verb: str) -> Operation:
    return route(method, f"{_BASE}/Deals/{{id}}/Contact_Roles{path}", handler, scope=f"ZohoCRM.modules.deals.{verb}")


def _module_scope(verb: str) -> Callable[[Call], str]:
    return lambda call: f"ZohoCRM.modules.{call.path['module'].lower().replace('_', '')}.{verb}"


def _settings(method: str, path: str, handler: Handler, resource: str, verb: str = "READ") -> Operation:
    return route(method, f"{_BASE}/settings{path}", handler, scope=f"ZohoCRM.settings.{resource}.{verb}")


def _currencies(method: str, path: str, handler: Handler, verb: str) -> Operation:
    allowed = handler if verb == "READ" else _currency_managers_only(handler)
    return route(method, f"{_BASE}/org/currencies{path}", allowed, scope=f"ZohoCRM.settings.currencies.{verb}")


def _administrators_only(handler: Handler) -> Handler:
    def permitted(call: Call) -> Answer:
        if not users.is_administrator(call.sandbox, call.grant.user_id):
            details = {"permissions": ["Crm_Implied_Customize_Zoho_CRM"]}
            raise Refused(Answer(403, error("NO_PERMISSION", "permission denied", details)))
        return handler(call)

    return permitted


def _currency_managers_only(handler: Handler) -> Handler:
    def permitted(call: Call) -> Answer:
        if not users.is_administrator(call.sandbox, call.grant.user_id):
            details = {"permissions": ["Crm_Implied_Manage_Currencies"]}
            raise Refused(Answer(400, error("NO_PERMISSION", "permission denied", details)))
        return handler(call)

    return permitted


def _roles(method: str, path: str, handler: Handler, verb: str) -> Operation:
    return route(method, f"{_BASE}/Contacts/roles{path}", handler, scope=f"ZohoCRM.modules.contacts.{verb}")


def _tags(method: str, path: str, handler: Handler, verb: str) -> Operation:
    return _settings(method, f"/tags{path}", handler, "tags", verb)


def _bulk(method: str, path: str, handler: Handler) -> Operation:
    return route(method, f"/crm/bulk/v8/read{path}", handler, scope="ZohoCRM.bulk.READ")


def _notes(method: str, path: str, handler: Handler, verb: str) -> Operation:
    return route(method, f"{_BASE}/Notes{path}", handler, scope=f"ZohoCRM.modules.notes.{verb}")


def _watch(method: str, handler: Handler, verb: str) -> Operation:
    return route(method, f"{_BASE}/actions/watch", handler, scope=f"ZohoCRM.notifications.{verb}")


_OPERATIONS = (
    _settings("GET", "/modules", settings_api.list_modules, "modules"),
    _settings("GET", "/modules/{name}", settings_api.get_module, "modules"),
    _settings("GET", "/fields", settings_api.list_fields, "fields"),
    _settings("GET", "/fields/{id}", settings_api.get_field, "fields"),
    _settings("GET", "/layouts", settings_api.list_layouts, "layouts"),
    _settings("GET", "/layouts/{id}", settings_api.get_layout, "layouts"),
    _settings("GET", "/custom_views", settings_api.list_custom_views, "custom_views"),
    _settings("GET", "/custom_views/{id}", settings_api.get_custom_view, "custom_views"),
    _settings("GET", "/pipeline", settings_api.list_pipelines, "pipeline"),
    _settings("GET", "/pipeline/{id}", settings_api.get_pipeline, "pipeline"),
    _settings("GET", "/related_lists", settings_api.list_related_lists, "related_lists"),
    _settings("GET", "/recycle_bin", recycle_bin.list_recycled, "recycle_bin"),
    _settings("DELETE", "/recycle_bin", recycle_bin.remove_recycled, "recycle_bin", "DELETE"),
    _settings("GET", "/recycle_bin/{id}", recycle_bin.get_recycled, "recycle_bin"),
    _settings("DELETE", "/recycle_bin/{id}", recycle_bin.remove_recycled, "recycle_bin", "DELETE"),
    _settings("GET", "/profiles", organization_api.list_profiles, "profiles"),
    _settings("GET", "/profiles/{id}", organization_api.get_profile, "profiles"),
    _settings("PUT", "/profiles/{id}", _administrators_only(organization_api.change_profile), "profiles", "UPDATE"),
    _settings("GET", "/roles", organization_api.list_roles, "roles"),
    route("GET", f"{_BASE}/org", organization_api.get_org, scope="ZohoCRM.org.READ"),
    _currencies("POST", "/actions/enable", organization_api.enable_currencies, "CREATE"),
    _currencies("PUT", "/actions/enable", organization_api.change_base_currency, "UPDATE"),
    _currencies("GET", "/actions/available_currencies", organization_api.available_currencies, "READ"),
    _currencies("GET", "", organization_api.list_currencies, "READ"),
    _currencies("POST", "", organization_api.create_currencies, "CREATE"),
    _currencies("PUT", "", organization_api.change_currencies, "UPDATE"),
    _currencies("GET", "/{id}", organization_api.get_currency, "READ"),
    _currencies("PUT", "/{id}", organization_api.change_currencies, "UPDATE"),
    route("GET", f"{_BASE}/users", organization_api.list_users, scope="ZohoCRM.users.READ"),
    route("GET", f"{_BASE}/users/actions/count", organization_api.count_users, scope="ZohoCRM.users.READ"),
    route("GET", f"{_BASE}/users/{{id}}", organization_api.get_user, scope="ZohoCRM.users.READ"),
    route("POST", f"{_BASE}/coql", coql.run_query, scope="ZohoCRM.coql.READ"),
    _watch("GET", notifications.list_channels, "READ"),
    _watch("POST", notifications.enable, "CREATE"),
    _watch("PUT", notifications.replace_details, "UPDATE"),
    _watch("PATCH", notifications.change_details, "UPDATE"),
    _watch("DELETE", notifications.disable, "DELETE"),
    _notes("GET", "", notes.list_notes, "READ"),
    _notes("POST", "", notes.create_notes, "CREATE"),
    _notes("PUT", "", notes.change_notes, "UPDATE"),
    _notes("DELETE", "", notes.delete_notes, "DELETE"),
    _notes("GET", "/{id}", notes.get_note, "READ"),
    _notes("PUT", "/{id}", notes.change_notes, "UPDATE"),
    _notes("DELETE", "/{id}", notes.delete_notes, "DELETE"),
    _tags("GET", "", tags.list_tags, "READ"),
    _tags("POST", "", tags.create_tags, "CREATE"),
    _tags("PUT", "", tags.change_tags, "UPDATE"),
    _tags("PUT", "/{id}", tags.change_tags, "UPDATE"),
    _tags("DELETE", "/{id}", tags.delete_tag, "DELETE"),
    _tags("POST", "/{id}/actions/merge", tags.merge_tags, "UPDATE"),
    _tags("GET", "/{id}/actions/records_count", tags.count_records, "READ"),
    _bulk("POST", "", bulk_read.create_job),
    _bulk("GET", "/{job_id}", bulk_read.get_job),
    _bulk("GET", "/{job_id}/result", bulk_read.get_result),
    _roles("GET", "", contact_roles.list_roles, "READ"),
    _roles("POST", "", contact_roles.create_roles, "CREATE"),
    _roles("PUT", "", contact_roles.change_roles, "UPDATE"),
    _roles("DELETE", "", contact_roles.delete_roles, "DELETE"),
    _roles("GET", "/{role_id}", contact_roles.list_roles, "READ"),
    _roles("PUT", "/{role_id}", contact_roles.change_roles, "UPDATE"),
    _roles("DELETE", "/{role_id}", contact_roles.delete_roles, "DELETE"),
    *(
        _deal_contacts(method, path, handler, verb)
        for path in ("", "/{contact_id}")
        for method, handler, verb in (
            ("GET", contact_roles.list_of_deal, "READ"),
            ("PUT", contact_roles.relate, "UPDATE"),
            ("DELETE", contact_roles.unrelate, "UPDATE"),
        )
        if method != "GET" or not path
    ),
    _records("GET", "/{module}/{id}/Attachments", attachments.list_attachments, "READ"),
    _records("POST", "/{module}/{id}/Attachments", attachments.attach, "UPDATE"),
    _records("DELETE", "/{module}/{id}/Attachments", attachments.remove, "UPDATE"),
    _records("GET", "/{module}/{id}/Attachments/{attachment_id}", attachments.download, "READ"),
    _records("DELETE", "/{module}/{id}/Attachments/{attachment_id}", attachments.remove, "UPDATE"),
    _records("POST", "/{module}/actions/add_tags", tags.add_tags, "UPDATE"),
    _records("POST", "/{module}/actions/remove_tags", tags.remove_tags, "UPDATE"),
    _records("POST", "/{module}/{id}/actions/add_tags", tags.add_tags, "UPDATE"),
    _records("POST", "/{module}/{id}/actions/remove_tags", tags.remove_tags, "UPDATE"),
    _records("GET", "/{module}/{id}/Notes", notes.list_notes_of, "READ"),
    _records("POST", "/{module}/{id}/Notes", notes.create_notes_of, "UPDATE"),
    _records("POST", "/{module}/upsert", record_writes.upsert_records, "CREATE"),
    _records("GET", "/{module}/deleted", record_reads.deleted_records, "READ"),
    _records("GET", "/{module}/search", record_reads.search_records, "READ"),
    _records("GET", "/{module}/actions/count", record_reads.count_records, "READ"),
    _records("POST", "/{module}/{id}/actions/clone", record_writes.clone_record, "CREATE"),
    _records("POST", "/{module}/{id}/actions/convert", inventory_convert.convert_record, "UPDATE"),
    _records("POST", "/{module}/{id}/actions/merge", merging.merge_records, "UPDATE"),
    _records("GET", "/{module}/{id}/actions/merge", merging.get_merge, "READ"),
    _records("GET", "/{module}", record_reads.list_records, "READ"),
    _records("POST", "/{module}", record_writes.create_records, "CREATE"),
    _records("PUT", "/{module}", record_writes.update_records, "UPDATE"),
    _records("DELETE", "/{module}", record_writes.delete_records, "DELETE"),
    _records("GET", "/{module}/{id}", record_reads.get_record, "READ"),
    _records("PUT", "/{module}/{id}", record_writes.update_record, "UPDATE"),
    _records("DELETE", "/{module}/{id}", record_writes.delete_record, "DELETE"),
    _records("GET", "/{module}/{id}/{related_list}", relations.list_related, "READ"),
    _records("PUT", "/{module}/{id}/{related_list}", relations.relate, "UPDATE"),
    _records("DELETE", "/{module}/{id}/{related_list}", relations.unrelate, "DELETE"),
    _records("PUT", "/{module}/{id}/{related_list}/{related_id}", relations.relate_one, "UPDATE"),
    _records("DELETE", "/{module}/{id}/{related_list}/{related_id}", relations.unrelate_one, "DELETE"),
)

PRODUCT = Product(
    name="crm",
    prefix="/crm",
    schema=SCHEMA,
    operations=_OPERATIONS,
    refuse=refuse,
    prepare=_prepare,
    admit=limits.admit,
    background=deliver,
)
