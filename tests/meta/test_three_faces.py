"""What the hub can do has three faces: the API, a page and a command. Where one is missing, the table says so."""

from dataclasses import dataclass

import pytest

from tsunagi.app.access.faces import COMMANDS, ROUTES


@dataclass(frozen=True)
class Faces:
    """Functions of `tsunagi.http.api` and `.web`, and a command; `without` says why one is missing."""

    api: str = ""
    web: str = ""
    command: str = ""
    without: str = ""


CAPABILITIES = {
    "look at accounts": Faces("accounts:list_accounts", "record_lists:list_accounts", "accounts list"),
    "save accounts as a file": Faces("accounts:export_accounts", "record_lists:export_accounts", "accounts list"),
    "look at contacts": Faces("records:list_contacts", "record_lists:list_contacts", "records list"),
    "look at deals": Faces("records:list_deals", "record_lists:list_deals", "records list"),
    "save records as a file": Faces("records:export_deals", "record_lists:export_deals", "records list"),
    "look at an account": Faces("accounts:read_account", "records:show_account", "accounts show"),
    "look at vendors": Faces("records:list_vendors", "record_lists:list_vendors", "records list"),
    "look at products": Faces("records:list_products", "record_lists:list_products", "records list"),
    "list documents": Faces("document_lists:list_documents_of_kind", "documents:show_documents", "documents list"),
    "save a list as a file": Faces("document_lists:export_documents", "documents:export_documents", "documents list"),
    "print a document": Faces("documents:read_pdf", "document_work:read_pdf", "documents pdf"),
    "see who gets a mail": Faces("documents:read_recipients", "document_work:show_form", "documents recipients"),
    "mail a document": Faces("documents:send", "document_work:send", "documents email"),
    "read documents anew": Faces("documents:refresh", "document_work:refresh", "documents refresh"),
    "see what is owed": Faces("document_lists:read_receivables", "receivables:show_receivables", "receivables"),
    "connect a service": Faces("connections:connect", "connecting:connect", "connect"),
    "connect with a key": Faces("connections:connect_with_key", "connecting:connect_with_key", "connect"),
    "create an organisation": Faces("connections:provision", "connecting:create", "connect"),
    "switch a service off": Faces("services:disable", "services:disable", "services disable"),
    "switch everything off": Faces(
        "services:disable_everything", "services:disable_everything", "services disable-all"
    ),
    "switch a service on": Faces("services:enable", "services:enable", "services enable"),
    "switch a feature": Faces("services:set_feature", "services:set_feature", "features set"),
    "issue a key": Faces("connections:issue", "services:issue_key", "keys issue"),
    "revoke a key": Faces("connections:revoke", "services:revoke_key", "keys revoke"),
    "list keys": Faces("connections:list_keys", "services:list_keys", "keys list"),
    "make a token": Faces("people:create", "people:make_token", "tokens create"),
    "revoke a token": Faces("people:revoke", "people:revoke_token", "tokens revoke"),
    "run a sync": Faces("sync_runs:begin_run", "sync_runs:begin_run", "sync run"),
    "undo a sync": Faces("sync_runs:undo_run", "sync_runs:undo_run", "sync undo"),
    "plan something": Faces("plans:make_plan", "plans:make_plan", "plan sync"),
    "look at a plan": Faces("plans:read_plan", "plans:show_plan", "plan show"),
    "apply a plan": Faces("plans:apply_plan", "plans:apply_plan", "apply"),
    "look at a sync": Faces("sync_runs:read_run", "sync_runs:show_run", "runs show"),
    "set a pair": Faces("sync_pairs:change_pair", "sync_pairs:choose", "sync set"),
    "answer a question of a sync": Faces("sync_pairs:answer_question", "sync_reviews:answer", "sync review decide"),
    "look at open items": Faces("open_items:list_open_items", "open_items:list_open_items", "status"),
    "try again": Faces("open_items:retry", "open_items:retry", "retry"),
    "check a file": Faces("editor:check", "rule_editor:act_on_draft", "rules lint"),
    "try a rule on one record": Faces("rule_trials:simulate", "rule_editor:act_on_draft", "rules simulate"),
    "compare a rule over the history": Faces("rule_trials:backtest", "rule_editor:act_on_draft", "rules backtest"),
    "complete what is typed": Faces("editor:complete", "rule_editor:edit", "", without="a shell completes no files"),
    "look at rules": Faces("rules:list_rules", "rules:list_rules", "rules list"),
    "have rules act on what was before": Faces(
        "rule_trials:begin_backfill",
        "backfills:begin",
        "rules backfill",
    ),
    "put earlier rules back": Faces("rule_trials:restore_version", "rules:roll_back", "rules rollback"),
    "switch a rule": Faces("files:change_rule_file", "rules:switch", "rules switch"),
    "read a rule file": Faces("files:read_rule_file", "rule_editor:edit", "rules show"),
    "write a rule file": Faces("files:write_rule_file", "rule_editor:act_on_draft", "rules save"),
    "take a rule file away": Faces(
        "files:remove_rule_file", "", "rules remove", without="the page switches it off; its file is taken away by hand"
    ),
    "read a permission file": Faces("files:read_permission_file", "people:edit", "permissions show"),
    "write a permission file": Faces("files:write_permission_file", "people:act_on_draft", "permissions save"),
    "take a permission file away": Faces(
        "files:remove_permission_file", "", "permissions remove", without="the page edits files and takes none away"
    ),
    "change cells of the matrix": Faces("files:change_matrix", "people:change_cells", "permissions set"),
    "pause a sync": Faces("sync_runs:pause_run", "sync_runs:pause_run", "sync pause"),
    "look at permissions": Faces("people:read_matrix", "people:show_matrix", "permissions matrix"),
    "tell why a document exists": Faces("history:say_why", "why:show_why", "why"),
    "tell why a deal has no document": Faces("history:say_why_not", "why:show_why_not", "why-not"),
    "tell why somebody is denied": Faces("people:read_why_denied", "why:show_why_denied", "why-denied"),
    "show documents inside the CRM": Faces("widgets:create", "widgets:show", "widget"),
    "look at plugins": Faces("operations:list_plugins", "operations:list_plugins", "plugins list"),
    "see the calls of the day": Faces("operations:read_operations", "operations:show_operations", "limits"),
    "look at operations": Faces("operations:read_operations", "operations:show_operations", "operations"),
    "see who did what": Faces("operations:list_audit", "operations:show_audit", "audit"),
    "check currencies": Faces("currencies:check", "", "currencies check", without="the services page tells findings"),
    "compare exchange rates": Faces("currencies:rates", "services:compare_rates", "currencies rates"),
}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_capability_has_its_faces(capability: str) -> None:
    faces = CAPABILITIES[capability]
    named = {f"api.{faces.api}": ROUTES, f"web.{faces.web}": ROUTES, faces.command: COMMANDS}
    missing = [name for name, table in named.items() if name in {"", "api.", "web."}]
    assert [name for name, table in named.items() if name not in missing and name not in table] == []
    assert bool(missing) == bool(faces.without)
