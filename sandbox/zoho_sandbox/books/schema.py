"""The tables of Books and of the services beside it.

Organisations, their users, currencies and taxes are shared by the services; a `ledger` is what one organisation keeps
in one of them. Amounts are integers scaled by 10^4, times microseconds since 1970, documents JSON.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS books_organizations (
  organization_id TEXT PRIMARY KEY, name TEXT NOT NULL, currency_id TEXT NOT NULL, time_zone TEXT NOT NULL,
  plan_name TEXT NOT NULL, created_at INTEGER NOT NULL, is_default INTEGER NOT NULL, details TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS books_organization_services (
  organization_id TEXT NOT NULL, service TEXT NOT NULL, joined_at INTEGER NOT NULL, is_used INTEGER NOT NULL,
  PRIMARY KEY (organization_id, service)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS books_roles (
  role_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS books_roles_name ON books_roles (organization_id, name);
CREATE TABLE IF NOT EXISTS books_users (
  user_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, zuid TEXT NOT NULL, name TEXT NOT NULL,
  email TEXT NOT NULL, role TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_users_zuid ON books_users (zuid, organization_id);
CREATE TABLE IF NOT EXISTS books_currencies (
  currency_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, currency_code TEXT NOT NULL,
  currency_symbol TEXT NOT NULL, price_precision INTEGER NOT NULL, currency_format TEXT NOT NULL,
  is_base INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_currencies_code ON books_currencies (organization_id, currency_code);
CREATE TABLE IF NOT EXISTS books_exchange_rates (
  exchange_rate_id TEXT PRIMARY KEY, currency_id TEXT NOT NULL, effective_date TEXT NOT NULL, rate TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_exchange_rates_day ON books_exchange_rates (currency_id, effective_date);
CREATE TABLE IF NOT EXISTS books_taxes (
  tax_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, tax_name TEXT NOT NULL, tax_percentage TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_taxes_name ON books_taxes (organization_id, tax_name);
CREATE TABLE IF NOT EXISTS books_contacts (
  contact_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, contact_type TEXT NOT NULL,
  contact_name TEXT NOT NULL, name_key TEXT NOT NULL, company_name TEXT NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, mobile TEXT NOT NULL, notes TEXT NOT NULL,
  status TEXT NOT NULL, currency_id TEXT NOT NULL, zcrm_account_id TEXT NOT NULL, zcrm_contact_id TEXT NOT NULL,
  zcrm_vendor_id TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  document TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_contacts_name ON books_contacts (ledger, contact_type, name_key);
CREATE INDEX IF NOT EXISTS books_contacts_sorted ON books_contacts (ledger, contact_name);
CREATE INDEX IF NOT EXISTS books_contacts_modified ON books_contacts (ledger, modified_at);
CREATE INDEX IF NOT EXISTS books_contacts_email ON books_contacts (ledger, email);
CREATE INDEX IF NOT EXISTS books_contacts_account ON books_contacts (ledger, zcrm_account_id);
CREATE TABLE IF NOT EXISTS books_contact_persons (
  contact_person_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, contact_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS books_contact_persons_contact ON books_contact_persons (contact_id);
CREATE TABLE IF NOT EXISTS books_items (
  item_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  sku TEXT NOT NULL, description TEXT NOT NULL, rate INTEGER NOT NULL, tax_id TEXT NOT NULL, tax_name TEXT NOT NULL,
  status TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_items_name ON books_items (ledger, name_key);
CREATE UNIQUE INDEX IF NOT EXISTS books_items_sku ON books_items (ledger, sku) WHERE sku <> '';
CREATE INDEX IF NOT EXISTS books_items_modified ON books_items (ledger, modified_at);
CREATE TABLE IF NOT EXISTS books_documents (
  document_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
  reference_number TEXT NOT NULL, contact_id TEXT NOT NULL, currency_id TEXT NOT NULL,
  zcrm_potential_id TEXT NOT NULL, stage TEXT NOT NULL,
  date TEXT NOT NULL, end_date TEXT NOT NULL, total INTEGER NOT NULL, balance INTEGER NOT NULL,
  bcy_balance INTEGER NOT NULL, created_day TEXT NOT NULL, created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL, document TEXT NOT NULL, summary TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS books_documents_number ON books_documents (ledger, kind, number);
CREATE INDEX IF NOT EXISTS books_documents_created ON books_documents (ledger, kind, created_at);
CREATE INDEX IF NOT EXISTS books_documents_modified ON books_documents (ledger, kind, modified_at);
CREATE INDEX IF NOT EXISTS books_documents_reference ON books_documents (ledger, kind, reference_number);
CREATE INDEX IF NOT EXISTS books_documents_deal ON books_documents (ledger, kind, zcrm_potential_id);
CREATE INDEX IF NOT EXISTS books_documents_of_contact ON books_documents (contact_id, kind, created_at);
CREATE INDEX IF NOT EXISTS books_documents_contact
  ON books_documents (contact_id, kind, stage, currency_id, balance, bcy_balance);
CREATE INDEX IF NOT EXISTS books_documents_currency ON books_documents (currency_id);
CREATE TABLE IF NOT EXISTS books_document_items (document_id TEXT NOT NULL, item_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS books_document_items_document ON books_document_items (document_id);
CREATE INDEX IF NOT EXISTS books_document_items_item ON books_document_items (item_id, document_id);
CREATE TABLE IF NOT EXISTS books_payments (
  payment_id TEXT PRIMARY KEY, ledger TEXT NOT NULL, kind TEXT NOT NULL, payment_number TEXT NOT NULL,
  contact_id TEXT NOT NULL, date TEXT NOT NULL, payment_mode TEXT NOT NULL, reference_number TEXT NOT NULL,
  description TEXT NOT NULL, amount INTEGER NOT NULL, unused INTEGER NOT NULL, bcy_unused INTEGER NOT NULL,
  exchange_rate TEXT NOT NULL, currency_id TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS books_payments_contact ON books_payments (contact_id, currency_id, unused, bcy_unused);
CREATE INDEX IF NOT EXISTS books_payments_created ON books_payments (ledger, kind, created_at);
CREATE TABLE IF NOT EXISTS books_payment_shares (
  share_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, document_id TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS books_payment_shares_payment ON books_payment_shares (payment_id);
CREATE INDEX IF NOT EXISTS books_payment_shares_document ON books_payment_shares (document_id);
"""
