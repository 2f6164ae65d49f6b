"""What each route and command asks of a person before it begins: the one table of both faces.

Whatever is not in it is refused. Use cases ask again, about the very record they are about to show or change.
"""

from collections.abc import Mapping

from tsunagi.app.access.permissions import LOOK, decide, require
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import PermissionDenied
from tsunagi.text import Text

# Nobody needs to be known, or the face proves by other means who is there.
OPEN = ""
# Whether they administer the CRM is asked of the CRM itself, by the use case.
ADMINISTRATOR = "administrator"
# A verb on the document that is named; which one, and whether it may be, is for the use case.
DOCUMENT = "document:"

SYNC, PEOPLE, CURRENCIES, PERMISSIONS = "sync:run", "people:view", "currencies:check", "permissions:view"

# By module and function below tsunagi.http.
ROUTES: Mapping[str, str] = {
    "application:<lambda>": LOOK,
    "api.notifications:receive": OPEN,
    "api.operations:health": OPEN,
    "api.operations:metrics": LOOK,
    "api.accounts:list_accounts": LOOK,
    "api.accounts:read_account": LOOK,
    "api.accounts:read_related": LOOK,
    "api.accounts:read_panel": LOOK,
    "api.records:read_contact": LOOK,
    "api.records:read_contact_panel": LOOK,
    "api.records:read_deal": LOOK,
    "api.records:read_deal_panel": LOOK,
    "api.catalogue:list_vendors": LOOK,
    "api.catalogue:list_products": LOOK,
    "api.catalogue:read_vendor": LOOK,
    "api.catalogue:read_product": LOOK,
    "api.catalogue:read_vendor_products": LOOK,
    "api.catalogue:read_vendor_panel": LOOK,
    "api.documents:refresh": LOOK,
    "api.document_forms:read_form": "document:create",
    "api.document_forms:preview": "document:create",
    "api.document_forms:create": "document:create",
    "api.document_forms:read_for_editing": "document:edit",
    "api.document_forms:edit": "document:edit",
    "api.documents:read_pdf": "document:view",
    "api.documents:send": "document:email",
    "api.documents:list_mailings": "document:view",
    "api.sync_runs:begin_run": SYNC,
    "api.sync_runs:undo_run": SYNC,
    "api.sync_runs:list_runs": LOOK,
    "api.sync_runs:read_run": LOOK,
    "api.sync_pairs:list_pairs": LOOK,
    "api.sync_pairs:read_pair": LOOK,
    "api.sync_pairs:change_pair": ADMINISTRATOR,
    "api.sync_pairs:try_pair": SYNC,
    "api.sync_pairs:list_questions": LOOK,
    "api.sync_pairs:answer_question": SYNC,
    "api.open_items:list_open_items": LOOK,
    "api.open_items:settle": LOOK,
    "api.open_items:retry": SYNC,
    "api.connections:list_connections": LOOK,
    "api.connections:discover": ADMINISTRATOR,
    "api.connections:provision": ADMINISTRATOR,
    "api.connections:connect": ADMINISTRATOR,
    "api.connections:connect_with_key": ADMINISTRATOR,
    "api.services:list_features": LOOK,
    "api.services:set_feature": ADMINISTRATOR,
    "api.services:everything": "services:disable",
    "api.services:disable_everything": ADMINISTRATOR,
    "api.services:consequences": "services:disable",
    "api.services:disable": ADMINISTRATOR,
    "api.services:enable": ADMINISTRATOR,
    "api.services:forget": ADMINISTRATOR,
    "api.currencies:check": CURRENCIES,
    "api.currencies:rates": CURRENCIES,
    "api.currencies:word_request": ADMINISTRATOR,
    "api.keys:list_keys": ADMINISTRATOR,
    # Whoever administers the other organisation issues it; the service itself tells who that is.
    "api.keys:issue": LOOK,
    "api.keys:revoke": LOOK,
    "api.tokens:list_tokens": ADMINISTRATOR,
    "api.tokens:create": ADMINISTRATOR,
    "api.tokens:revoke": ADMINISTRATOR,
    "api.rules:list_rules": LOOK,
    "api.history:read_history": LOOK,
    "api.reconciliation:read_reconciliation": SYNC,
    "web.reconciliation:show_reconciliation": SYNC,
    "api.permissions:read_matrix": PERMISSIONS,
    "api.permissions:read_effective": LOOK,
    "api.permissions:read_why_denied": LOOK,
    "web.permissions:show_matrix": PERMISSIONS,
    "web.permissions:change_cells": ADMINISTRATOR,
    "web.permissions:edit": ADMINISTRATOR,
    "web.permissions:act_on_draft": ADMINISTRATOR,
    "api.why:say_why": LOOK,
    "api.why:say_why_not": LOOK,
    "api.operations:list_plugins": LOOK,
    "web.signing_in:show_form": OPEN,
    "web.signing_in:begin": OPEN,
    "web.signing_in:end": OPEN,
    "web.accounts:home": LOOK,
    "web.accounts:list_accounts": LOOK,
    "web.records:show_account": LOOK,
    "web.records:show_contact": LOOK,
    "web.records:show_deal": LOOK,
    "web.records:show_vendor": LOOK,
    "web.records:show_product": LOOK,
    "web.catalogue:list_vendors": LOOK,
    "web.catalogue:list_products": LOOK,
    "web.document_work:refresh": LOOK,
    "web.document_work:read_pdf": "document:view",
    "web.documents:show_documents": "document:view",
    "web.documents:export_documents": "document:view",
    "api.document_lists:list_documents_of_kind": "document:view",
    "api.document_lists:read_totals": "document:view",
    "api.document_lists:export_documents": "document:view",
    "web.document_work:show_form": "document:email",
    "web.document_work:send": "document:email",
    "web.open_items:list_open_items": LOOK,
    "web.open_items:retry": SYNC,
    "web.open_items:settle_item": LOOK,
    "web.set_up:show_form": OPEN,
    "web.set_up:begin": OPEN,
    "web.connecting:show_form": ADMINISTRATOR,
    "web.connecting:connect": ADMINISTRATOR,
    "web.connecting:connect_with_key": ADMINISTRATOR,
    "web.connecting:choose": ADMINISTRATOR,
    "web.connecting:create": ADMINISTRATOR,
    "web.connecting:come_back": LOOK,
    "web.services:list_services": LOOK,
    "web.services:show_consequences": "services:disable",
    "web.services:show_everything": "services:disable",
    "web.services:disable": ADMINISTRATOR,
    "web.services:disable_everything": ADMINISTRATOR,
    "web.services:enable": ADMINISTRATOR,
    "web.services:set_feature": ADMINISTRATOR,
    "web.services:list_keys": ADMINISTRATOR,
    "web.services:show_key_form": LOOK,
    "web.services:issue_key": LOOK,
    "web.services:show_revocation": LOOK,
    "web.services:revoke_key": LOOK,
    "web.people:list_people": PEOPLE,
    "web.people:make_token": ADMINISTRATOR,
    "web.people:revoke_token": ADMINISTRATOR,
    "web.sync_runs:list_runs": LOOK,
    "web.sync_runs:begin_run": SYNC,
    "web.sync_runs:undo_run": SYNC,
    "web.sync_runs:show_run": LOOK,
    "web.sync_pairs:list_pairs": LOOK,
    "web.sync_pairs:show_pair": LOOK,
    "web.sync_pairs:choose": ADMINISTRATOR,
    "web.sync_pairs:act_on_text": LOOK,
    "web.sync_reviews:list_questions": LOOK,
    "web.sync_reviews:answer": SYNC,
    "web.rules:list_rules": LOOK,
    "web.rules:edit": "rules:edit",
    "web.rules:history": LOOK,
    "web.rules:show_version": LOOK,
    "web.rules:act_on_draft": "rules:edit",
    "web.rules:switch": "rules:edit",
    "web.rules:use_recipe": "rules:edit",
    "web.rules:roll_back": "rules:edit",
    "web.plugins:list_plugins": LOOK,
}

# Those that never open the hub for a person have nothing to ask: `settings show` reads files of their own.
COMMANDS: Mapping[str, str] = {
    "init": OPEN,
    "connect": ADMINISTRATOR,
    "connections": LOOK,
    "sync run": SYNC,
    "sync pairs": LOOK,
    "sync settings": LOOK,
    "sync check": LOOK,
    "sync set": ADMINISTRATOR,
    "sync try": SYNC,
    "sync undo": SYNC,
    "sync review list": LOOK,
    "sync review decide": SYNC,
    "sync review link": SYNC,
    "sync review take": SYNC,
    "sync review create": SYNC,
    "sync review skip": SYNC,
    "status": LOOK,
    "history": LOOK,
    "reconcile": SYNC,
    "retry": SYNC,
    "serve": OPEN,
    "keys issue": LOOK,
    "keys regenerate": LOOK,
    "keys revoke": LOOK,
    "keys list": ADMINISTRATOR,
    "services list": LOOK,
    "services disable": ADMINISTRATOR,
    "services disable-all": ADMINISTRATOR,
    "services enable": ADMINISTRATOR,
    "features list": LOOK,
    "features set": ADMINISTRATOR,
    "currencies check": CURRENCIES,
    "currencies rates": CURRENCIES,
    "runs list": LOOK,
    "runs show": LOOK,
    "accounts list": LOOK,
    "accounts show": LOOK,
    "records list": LOOK,
    "records show": LOOK,
    "documents list": "document:view",
    "documents email": "document:email",
    "documents mailings": "document:view",
    "documents pdf": "document:view",
    "documents refresh": LOOK,
    "rules list": OPEN,
    "rules lint": OPEN,
    "rules check": OPEN,
    "rules test": OPEN,
    "rules explain": LOOK,
    "rules simulate": LOOK,
    "rules backtest": SYNC,
    "rules use": OPEN,
    "rules new": OPEN,
    "rules schema": OPEN,
    "rules history": LOOK,
    "rules rollback": "rules:edit",
    "why": LOOK,
    "why-not": LOOK,
    "permissions matrix": PERMISSIONS,
    "permissions effective": LOOK,
    "permissions diff": PERMISSIONS,
    "permissions lint": OPEN,
    "why-denied": LOOK,
    "people list": PEOPLE,
    "people refresh": PEOPLE,
    "tokens create": ADMINISTRATOR,
    "tokens list": ADMINISTRATOR,
    "tokens revoke": ADMINISTRATOR,
    "plugins list": OPEN,
    "db upgrade": OPEN,
    "settings show": OPEN,
}


def admit(context: Context, person: Person | None, declared: str | None, name: str) -> None:
    """Raises PermissionDenied where the person may not even begin; `declared` None says that nobody said who may."""
    if declared is None:
        raise PermissionDenied(
            Text(en=f"Nothing says who may use {name}.", ja=f"{name} を誰が使えるか定められていません。"),
            who=person.email if person else "",
            what=name,
        )
    if declared == OPEN:
        return
    require(context, person, LOOK)
    if declared.startswith(DOCUMENT):
        _admit_to_documents(context, person, declared.removeprefix(DOCUMENT))
    elif declared not in {LOOK, ADMINISTRATOR}:
        require(context, person, declared)


def _admit_to_documents(context: Context, person: Person | None, verb: str) -> None:
    """Somebody who may not do it with a document of any kind."""
    kinds = context.registry.entities.values()
    asked = [f"{kind.key}:{verb}" for kind in kinds if kind.kind == "document" and verb in kind.verbs]
    decisions = [decide(context, person, action) for action in asked]
    if decisions and not any(decision.possible for decision in decisions):
        require(context, person, asked[0])
