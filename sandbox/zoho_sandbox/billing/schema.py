"""The tables of Billing. Amounts are integers scaled by 10^4, times microseconds since 1970, documents JSON."""

SCHEMA = """
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
"""
