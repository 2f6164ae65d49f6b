"""The CRM's tables."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS crm_module (
    api_name TEXT PRIMARY KEY, id TEXT NOT NULL, layout_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_field (
    module TEXT NOT NULL, api_name TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
    description TEXT NOT NULL, PRIMARY KEY (module, api_name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_record (
    id INTEGER PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL, owner_id TEXT NOT NULL,
    created_by TEXT NOT NULL, modified_by TEXT NOT NULL, created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS crm_record_by_id ON crm_record (module, id);
CREATE INDEX IF NOT EXISTS crm_record_by_change ON crm_record (module, modified_at, id);
CREATE INDEX IF NOT EXISTS crm_record_by_birth ON crm_record (module, created_at, id);
CREATE INDEX IF NOT EXISTS crm_record_by_name ON crm_record (module, name COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS crm_deleted (
    id INTEGER PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL, created_by TEXT NOT NULL,
    deleted_by TEXT NOT NULL, deleted_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS crm_deleted_by_time ON crm_deleted (module, deleted_at);
-- What a deleted record was; a deletion without one is for good.
CREATE TABLE IF NOT EXISTS crm_recycled (
    id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, modified_by TEXT NOT NULL, created_at INTEGER NOT NULL,
    data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS crm_relation (
    module TEXT NOT NULL, record_id INTEGER NOT NULL, related_module TEXT NOT NULL, related_id INTEGER NOT NULL,
    PRIMARY KEY (module, record_id, related_module, related_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_note (
    id INTEGER PRIMARY KEY, module TEXT NOT NULL, parent_id INTEGER NOT NULL, title TEXT, content TEXT NOT NULL,
    created_by TEXT NOT NULL, modified_by TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS crm_note_by_parent ON crm_note (parent_id, id);
CREATE TABLE IF NOT EXISTS crm_attachment (
    id INTEGER PRIMARY KEY, module TEXT NOT NULL, parent_id INTEGER NOT NULL, file_name TEXT NOT NULL,
    content BLOB NOT NULL, link_url TEXT, created_by TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS crm_attachment_by_parent ON crm_attachment (parent_id, id);
CREATE TABLE IF NOT EXISTS crm_tag (
    id TEXT PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, color_code TEXT,
    created_by TEXT NOT NULL, modified_by TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
    UNIQUE (module, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_record_tag (
    record_id INTEGER NOT NULL, tag_id TEXT NOT NULL, PRIMARY KEY (record_id, tag_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_contact_role (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_deal_contact (
    deal_id INTEGER NOT NULL, contact_id INTEGER NOT NULL, role_id TEXT,
    PRIMARY KEY (deal_id, contact_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_hidden_related_list (
    module TEXT NOT NULL, api_name TEXT NOT NULL, PRIMARY KEY (module, api_name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_stage (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, probability INTEGER NOT NULL,
    forecast_type TEXT NOT NULL, category_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS crm_custom_view (
    id TEXT PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL, system_name TEXT,
    criteria TEXT, fields TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_profile (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT NOT NULL, custom INTEGER NOT NULL,
    permissions TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_user (
    id TEXT PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
    profile_id TEXT NOT NULL, role_id TEXT NOT NULL, active INTEGER NOT NULL,
    created_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_role (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_currency (
    iso_code TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, symbol TEXT NOT NULL, rate TEXT NOT NULL,
    is_base INTEGER NOT NULL, is_active INTEGER NOT NULL, prefix_symbol INTEGER NOT NULL, format TEXT NOT NULL,
    created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_channel (
    channel_id TEXT NOT NULL, module TEXT NOT NULL, notify_url TEXT NOT NULL, events TEXT NOT NULL, token TEXT,
    return_values INTEGER NOT NULL, related_action INTEGER NOT NULL, condition TEXT, expires_at REAL NOT NULL,
    user_id TEXT NOT NULL, PRIMARY KEY (channel_id, module)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crm_callback (
    id INTEGER PRIMARY KEY, channel_id TEXT NOT NULL, notify_url TEXT NOT NULL, payload TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, queued_at REAL NOT NULL, answered_at REAL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS crm_callback_waiting ON crm_callback (id) WHERE state = 'waiting';
"""
