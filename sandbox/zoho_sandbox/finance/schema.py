"""The tables of the finance services.

Organisations, their users, currencies and taxes are shared by the services; a `ledger` is what one organisation keeps
in one of them. The `origin_id` of a document is the subscription it was made by; the `payment_id` of a share names a
payment or a credit note. Amounts are integers scaled by 10^4, times microseconds since 1970, documents JSON.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS finance_organizations (
  organization_id TEXT PRIMARY KEY, name TEXT NOT NULL, currency_id TEXT NOT NULL, time_zone TEXT NOT NULL,
  plan_name TEXT NOT NULL, created_at INTEGER NOT NULL, is_default INTEGER NOT NULL, details TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS finance_organization_services (
  organization_id TEXT NOT NULL, service TEXT NOT NULL, joined_at INTEGER NOT NULL, is_used INTEGER NOT NULL,
  PRIMARY KEY (organization_id, service)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finance_roles (
  role_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS finance_roles_name ON finance_roles (organization_id, name);
CREATE TABLE IF NOT EXISTS finance_users (
  user_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, zuid TEXT NOT NULL, name TEXT NOT NULL,
  email TEXT NOT NULL, role TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_users_zuid ON finance_users (zuid, organization_id);
CREATE TABLE IF NOT EXISTS finance_currencies (
  currency_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, currency_code TEXT NOT NULL,
  currency_symbol TEXT NOT NULL, price_precision INTEGER NOT NULL, currency_format TEXT NOT NULL,
  is_base INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_currencies_code ON finance_currencies (organization_id, currency_code);
CREATE TABLE IF NOT EXISTS finance_exchange_rates (
  exchange_rate_id TEXT PRIMARY KEY, currency_id TEXT NOT NULL, effective_date TEXT NOT NULL, rate TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_exchange_rates_day ON finance_exchange_rates (currency_id, effective_date);
CREATE TABLE IF NOT EXISTS finance_taxes (
  tax_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, tax_name TEXT NOT NULL, tax_percentage TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_taxes_name ON finance_taxes (organization_id, tax_name);
CREATE TABLE IF NOT EXISTS finance_contacts (
  contact_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, contact_type TEXT NOT NULL,
  contact_name TEXT NOT NULL, name_key TEXT NOT NULL, company_name TEXT NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, mobile TEXT NOT NULL, notes TEXT NOT NULL,
  status TEXT NOT NULL, currency_id TEXT NOT NULL, zcrm_account_id TEXT NOT NULL, zcrm_contact_id TEXT NOT NULL,
  zcrm_vendor_id TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  document TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_contacts_name ON finance_contacts (ledger, contact_type, name_key);
CREATE INDEX IF NOT EXISTS finance_contacts_sorted ON finance_contacts (ledger, contact_name);
CREATE INDEX IF NOT EXISTS finance_contacts_modified ON finance_contacts (ledger, modified_at);
CREATE INDEX IF NOT EXISTS finance_contacts_email ON finance_contacts (ledger, email);
CREATE INDEX IF NOT EXISTS finance_contacts_account ON finance_contacts (ledger, zcrm_account_id);
CREATE TABLE IF NOT EXISTS finance_contact_persons (
  contact_person_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, contact_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS finance_contact_persons_contact ON finance_contact_persons (contact_id);
CREATE INDEX IF NOT EXISTS finance_contact_persons_ledger ON finance_contact_persons (ledger, contact_person_id);
CREATE TABLE IF NOT EXISTS finance_items (
  item_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  sku TEXT NOT NULL, description TEXT NOT NULL, rate INTEGER NOT NULL, tax_id TEXT NOT NULL, tax_name TEXT NOT NULL,
  status TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS finance_items_name ON finance_items (ledger, name_key);
CREATE UNIQUE INDEX IF NOT EXISTS finance_items_sku ON finance_items (ledger, sku) WHERE sku <> '';
CREATE INDEX IF NOT EXISTS finance_items_modified ON finance_items (ledger, modified_at);
CREATE TABLE IF NOT EXISTS finance_documents (
  document_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
  reference_number TEXT NOT NULL, contact_id TEXT NOT NULL, currency_id TEXT NOT NULL,
  zcrm_potential_id TEXT NOT NULL, stage TEXT NOT NULL,
  date TEXT NOT NULL, end_date TEXT NOT NULL, total INTEGER NOT NULL, balance INTEGER NOT NULL,
  bcy_balance INTEGER NOT NULL, created_day TEXT NOT NULL, created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL, origin_id TEXT NOT NULL, document TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS finance_documents_origin ON finance_documents (origin_id) WHERE origin_id <> '';
CREATE UNIQUE INDEX IF NOT EXISTS finance_documents_number ON finance_documents (ledger, kind, number);
CREATE INDEX IF NOT EXISTS finance_documents_created ON finance_documents (ledger, kind, created_at);
CREATE INDEX IF NOT EXISTS finance_documents_modified ON finance_documents (ledger, kind, modified_at);
CREATE INDEX IF NOT EXISTS finance_documents_reference ON finance_documents (ledger, kind, reference_number);
CREATE INDEX IF NOT EXISTS finance_documents_deal ON finance_documents (ledger, kind, zcrm_potential_id);
CREATE INDEX IF NOT EXISTS finance_documents_of_contact ON finance_documents (contact_id, kind, created_at);
CREATE INDEX IF NOT EXISTS finance_documents_contact
  ON finance_documents (contact_id, kind, stage, currency_id, balance, bcy_balance);
CREATE INDEX IF NOT EXISTS finance_documents_currency ON finance_documents (currency_id);
CREATE TABLE IF NOT EXISTS finance_comments (
  comment_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, owner_id TEXT NOT NULL, description TEXT NOT NULL,
  user_id TEXT NOT NULL, user_name TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS finance_comments_owner ON finance_comments (owner_id, at);
CREATE TABLE IF NOT EXISTS finance_document_items (document_id TEXT NOT NULL, item_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS finance_document_items_document ON finance_document_items (document_id);
CREATE INDEX IF NOT EXISTS finance_document_items_item ON finance_document_items (item_id, document_id);
CREATE TABLE IF NOT EXISTS finance_payments (
  payment_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, kind TEXT NOT NULL, payment_number TEXT NOT NULL,
  contact_id TEXT NOT NULL, date TEXT NOT NULL, payment_mode TEXT NOT NULL, reference_number TEXT NOT NULL,
  description TEXT NOT NULL, amount INTEGER NOT NULL, unused INTEGER NOT NULL, bcy_unused INTEGER NOT NULL,
  exchange_rate TEXT NOT NULL, currency_id TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS finance_payments_contact ON finance_payments (contact_id, currency_id, unused, bcy_unused);
CREATE INDEX IF NOT EXISTS finance_payments_created ON finance_payments (ledger, kind, created_at);
CREATE TABLE IF NOT EXISTS finance_payment_shares (
  share_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, document_id TEXT NOT NULL, amount INTEGER NOT NULL,
  date TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS finance_payment_shares_payment ON finance_payment_shares (payment_id);
CREATE INDEX IF NOT EXISTS finance_payment_shares_document ON finance_payment_shares (document_id);
"""
