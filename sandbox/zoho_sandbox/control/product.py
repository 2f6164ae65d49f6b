"""The sandbox's own controls as a product: open to whoever can reach the port."""

from zoho_sandbox.accounts import consent
from zoho_sandbox.calls import Answer, Refusal, route
from zoho_sandbox.control import callbacks, clock, faults, index, mail, organizations, people, requests, setup
from zoho_sandbox.mail import SCHEMA as MAIL_SCHEMA
from zoho_sandbox.product import Product


def _refuse(refusal: Refusal) -> Answer:
    if refusal.reason == "not_found":
        return index.unknown_path(refusal.headers, refusal.detail)
    return Answer(refusal.status, {"message": refusal.detail or "The sandbox failed; see its standard error."})


PRODUCT = Product(
    name="sandbox",
    prefix="",
    schema=MAIL_SCHEMA,
    operations=(
        route("GET", "/", index.index, scope=None),
        route("GET", "/_sandbox", index.index, scope=None),
        route("GET", "/_sandbox/requests", requests.latest, scope=None),
        route("DELETE", "/_sandbox/requests", requests.clear, scope=None),
        route("GET", "/_sandbox/requests/counts", requests.counts, scope=None),
        route("GET", "/_sandbox/requests/{id}", requests.one, scope=None),
        route("GET", "/_sandbox/faults", faults.listed, scope=None),
        route("POST", "/_sandbox/faults", faults.add, scope=None),
        route("DELETE", "/_sandbox/faults", faults.clear, scope=None),
        route("DELETE", "/_sandbox/faults/{id}", faults.remove, scope=None),
        route("GET", "/_sandbox/clock", clock.shown, scope=None),
        route("PUT", "/_sandbox/clock", clock.moved, scope=None),
        route("DELETE", "/_sandbox/clock", clock.reset, scope=None),
        route("POST", "/_sandbox/clock/advance", clock.advanced, scope=None),
        route("GET", "/_sandbox/callbacks", callbacks.listed, scope=None),
        route("POST", "/_sandbox/callbacks/{id}/redeliver", callbacks.redeliver, scope=None),
        route("GET", "/_sandbox/mail", mail.listed, scope=None),
        route("DELETE", "/_sandbox/mail", mail.clear, scope=None),
        route("GET", "/_sandbox/mail/{id}", mail.one, scope=None),
        route("GET", "/_sandbox/mail/{id}/message", mail.message, scope=None),
        route("GET", "/_sandbox/mail/{id}/attachments/{place}", mail.attachment, scope=None),
        route("GET", "/_sandbox/organizations", organizations.listed, scope=None),
        route("POST", "/_sandbox/organizations", organizations.create, scope=None),
        route("PUT", "/_sandbox/organizations/{id}/services", organizations.set_services, scope=None),
        route("PUT", "/_sandbox/organizations/{id}/limits", organizations.set_limits, scope=None),
        route("POST", "/_sandbox/organizations/{id}/users", organizations.add_user, scope=None),
        route("PUT", "/_sandbox/organizations/{id}/users/{user_id}", organizations.change_user, scope=None),
        route("GET", "/_sandbox/people", people.listed, scope=None),
        route("POST", "/_sandbox/people", people.add, scope=None),
        route("PUT", "/_sandbox/people/{user_id}", people.change, scope=None),
        route("POST", "/_sandbox/people/{user_id}/refresh-tokens", people.issue_token, scope=None),
        route("POST", "/_sandbox/crm/custom_views", setup.add_custom_view, scope=None),
        route("POST", "/_sandbox/crm/fields", setup.add_field, scope=None),
        route("DELETE", "/_sandbox/crm/fields/{module}/{api_name}", setup.remove_field, scope=None),
        route("PUT", "/_sandbox/crm/fields/{module}/{api_name}", setup.retype_field, scope=None),
        route("PUT", "/_sandbox/finance/custom_fields/{api_name}", setup.set_finance_field, scope=None),
        route("PUT", "/_sandbox/crm/stages", setup.define_pipeline, scope=None),
        route("POST", "/_sandbox/crm/recycle_bin/{id}/restore", setup.restore_record, scope=None),
        route("PUT", "/_sandbox/crm/org", setup.change_organization, scope=None),
        route("POST", "/_sandbox/self-client", consent.self_client, scope=None),
    ),
    refuse=_refuse,
)
