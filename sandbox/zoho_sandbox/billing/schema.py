"""The tables of Billing. Amounts are integers scaled by 10^4, times microseconds since 1970, documents JSON."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS billing_customers (
  customer_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, display_name TEXT NOT NULL, name_key TEXT NOT NULL,
  company_name TEXT NOT NULL, email TEXT NOT NULL, status TEXT NOT NULL, zcrm_account_id TEXT NOT NULL,
  zcrm_contact_id TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS billing_customers_name ON billing_customers (organization_id, name_key);
CREATE INDEX IF NOT EXISTS billing_customers_account ON billing_customers (organization_id, zcrm_account_id);
CREATE INDEX IF NOT EXISTS billing_customers_modified ON billing_customers (organization_id, modified_at);
CREATE TABLE IF NOT EXISTS billing_contact_persons (
  contactperson_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, is_primary INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_contact_persons_customer ON billing_contact_persons (customer_id);
CREATE TABLE IF NOT EXISTS billing_catalogue (
  organization_id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, product_id TEXT NOT NULL, name TEXT NOT NULL,
  status TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (organization_id, kind, code)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS billing_subscriptions (
  subscription_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, customer_id TEXT NOT NULL, plan_code TEXT NOT NULL,
  reference_id TEXT NOT NULL, status TEXT NOT NULL, starts_on TEXT NOT NULL, anchor TEXT NOT NULL,
  cycle INTEGER NOT NULL, cycles INTEGER NOT NULL, next_event_on TEXT NOT NULL, amount INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_subscriptions_due ON billing_subscriptions (organization_id, next_event_on)
  WHERE next_event_on <> '';
CREATE INDEX IF NOT EXISTS billing_subscriptions_customer ON billing_subscriptions (customer_id);
CREATE INDEX IF NOT EXISTS billing_subscriptions_modified ON billing_subscriptions (organization_id, modified_at);
CREATE TABLE IF NOT EXISTS billing_invoices (
  invoice_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, number TEXT NOT NULL, customer_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL, reference_number TEXT NOT NULL, stage TEXT NOT NULL, date TEXT NOT NULL,
  due_date TEXT NOT NULL, total INTEGER NOT NULL, balance INTEGER NOT NULL, created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS billing_invoices_number ON billing_invoices (organization_id, number);
CREATE INDEX IF NOT EXISTS billing_invoices_customer ON billing_invoices (customer_id, stage, balance);
CREATE INDEX IF NOT EXISTS billing_invoices_subscription ON billing_invoices (subscription_id);
CREATE INDEX IF NOT EXISTS billing_invoices_modified ON billing_invoices (organization_id, modified_at);
CREATE TABLE IF NOT EXISTS billing_payments (
  payment_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, customer_id TEXT NOT NULL, amount INTEGER NOT NULL,
  unused INTEGER NOT NULL, created_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_payments_customer ON billing_payments (customer_id, unused);
CREATE TABLE IF NOT EXISTS billing_payment_shares (
  share_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, invoice_id TEXT NOT NULL, amount INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_payment_shares_payment ON billing_payment_shares (payment_id);
CREATE INDEX IF NOT EXISTS billing_payment_shares_invoice ON billing_payment_shares (invoice_id);
"""
