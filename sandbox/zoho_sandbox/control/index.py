"""The index page, and the answer to unknown paths."""

from collections.abc import Mapping
from html import escape

from zoho_sandbox.accounts import tokens
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html

SERVED = {
    "/oauth/v2/": "accounts server: auth, token, token/revoke",
    "/crm/v8/": "CRM v8: Accounts, Contacts, Deals, Vendors, Products, settings, org, users, "
    "org/currencies, actions/watch",
    "/books/v3/": "Books v3: organizations, users, contacts, items, estimates, invoices, sales and purchase orders, "
    "bills, payments, currencies",
    "/invoice/v3/": "Invoice v3: organizations, users, contacts, items, estimates, invoices, payments, currencies",
    "/_sandbox/": "requests, faults, callbacks, mail, organizations, people, clock, self-client, crm set-up",
}


def index(call: Call) -> Answer:
    """`GET /`: what this is and how to sign in; JSON for programs."""
    settings = call.sandbox.settings
    if not prefers_html(call.headers):
        return Answer(200, {"sandbox": "zoho-sandbox", "base_url": settings.base_url, "serves": SERVED})
    body = f"""<p>An offline stand-in for the Zoho APIs, on <code>{escape(settings.base_url)}</code>.
    Limits: <code>{settings.limits}</code>.</p>{_served()}
    <h2>Sign in</h2><pre>curl -X POST {escape(settings.base_url)}/oauth/v2/token \\
  -d grant_type=refresh_token -d refresh_token={tokens.DEMO_REFRESH_TOKEN} \\
  -d client_id={tokens.DEMO_CLIENT_ID} -d client_secret={tokens.DEMO_CLIENT_SECRET}</pre>
    <p>Then send <code>Authorization: Zoho-oauthtoken ACCESS_TOKEN</code>.</p>"""
    return html_answer("Zoho sandbox", body)


def unknown_path(headers: Mapping[str, str], path: str) -> Answer:
    """404 outside the emulated services, saying what there is."""
    if prefers_html(headers):
        reason = f"<p>Nothing is served at <code>{escape(path)}</code>. The sandbox serves:</p>"
        return html_answer("Not found", reason + _served(), 404)
    return Answer(404, {"error": "not_found", "message": f"Nothing is served at {path}.", "serves": SERVED})


def _served() -> str:
    items = "".join(f"<li><code>{prefix}</code> {escape(what)}</li>" for prefix, what in SERVED.items())
    return f"<ul>{items}</ul>"
