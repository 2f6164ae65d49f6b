"""All tables.

The numbers below 0100 were of development states that no release had, and that nothing upgrades.
"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0100"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915  # one statement for each table and index
    op.create_table(
        "api_token",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("used_at", columns.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_api_token")),
        sa.UniqueConstraint("id", name=op.f("uq_api_token_id")),
    )
    op.create_table(
        "connection",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("base_currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("settings", columns.PlainJson(), nullable=False),
        sa.Column("secrets", columns.SealedJson(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("features", columns.PlainJson(), nullable=False),
        sa.Column("remembered", columns.PlainJson(), nullable=False),
        sa.Column("connected_by", sa.String(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_connection")),
    )
    op.create_table(
        "cursor",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("service", "entity", name=op.f("pk_cursor")),
    )
    op.create_table(
        "document",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("modified_at", columns.UtcDateTime(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", columns.ExactDecimal(), nullable=False),
        sa.Column("balance", columns.ExactDecimal(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("base_total", columns.ExactDecimal(), nullable=False),
        sa.Column("base_balance", columns.ExactDecimal(), nullable=False),
        sa.Column("base_currency", sa.String(), nullable=False),
        sa.Column("customer", columns.RefText(), nullable=True),
        sa.Column("deal", columns.RefText(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("extra", columns.JsonFields(), nullable=False),
        sa.Column("deleted_at", columns.UtcDateTime(), nullable=True),
        sa.Column("seen_in", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("service", "entity", "id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_customer", "document", ["customer", "service", "entity", "day", "id"], unique=False)
    op.create_index("ix_document_day", "document", ["service", "entity", "day", "id"], unique=False)
    op.create_index("ix_document_deal", "document", ["service", "entity", "deal", "day", "id"], unique=False)
    op.create_index(
        "ix_document_sums",
        "document",
        [
            "customer",
            "service",
            "entity",
            "currency",
            "base_currency",
            "status",
            "total",
            "balance",
            "base_total",
            "base_balance",
            "deleted_at",
        ],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ref", columns.RefText(), nullable=False),
        sa.Column("before", columns.JsonFields(), nullable=True),
        sa.Column("after", columns.JsonFields(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_at_id"), "event", ["at", "id"], unique=False)
    op.create_index(op.f("ix_event_ref_at_id"), "event", ["ref", "at", "id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("service", "entity", "record_id", name=op.f("uq_inbox_service_entity_record_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inbox_service_entity_id"), "inbox", ["service", "entity", "id"], unique=False)
    op.create_table(
        "intent",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("fields", columns.JsonFields(), nullable=False),
        sa.Column("target", columns.RefText(), nullable=True),
        sa.Column("relates", columns.RefText(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("plan", columns.JsonFields(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", columns.RefText(), nullable=True),
        sa.Column("summary", columns.JsonFields(), nullable=True),
        sa.Column("problem", columns.BothLanguages(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_intent")),
    )
    op.create_index(op.f("ix_intent_batch_position"), "intent", ["batch", "position"], unique=False)
    op.create_index(op.f("ix_intent_event"), "intent", ["event"], unique=False)
    op.create_index(
        "ix_intent_planned",
        "intent",
        ["batch", "position"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(op.f("ix_intent_relates"), "intent", ["relates"], unique=False)
    op.create_index(op.f("ix_intent_result"), "intent", ["result"], unique=False)
    op.create_index(op.f("ix_intent_state_created_at_key"), "intent", ["state", "created_at", "key"], unique=False)
    op.create_table(
        "link",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("left_service", sa.String(), nullable=False),
        sa.Column("left_entity", sa.String(), nullable=False),
        sa.Column("left_id", sa.String(), nullable=False),
        sa.Column("right_service", sa.String(), nullable=False),
        sa.Column("right_entity", sa.String(), nullable=False),
        sa.Column("right_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("orphaned", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("left_service", "left_entity", "left_id", "pair", name="uq_link_left"),
        sa.UniqueConstraint("right_service", "right_entity", "right_id", "pair", name="uq_link_right"),
    )
    op.create_index(op.f("ix_link_pair_id"), "link", ["pair", "id"], unique=False)
    op.create_table(
        "mailing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("document", columns.RefText(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipients", columns.StringTuple(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", columns.BothLanguages(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
    )
    op.create_index(op.f("ix_mailing_document_at"), "mailing", ["document", "at"], unique=False)
    op.create_table(
        "open_item",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("parameters", columns.JsonFields(), nullable=False),
        sa.Column("text", columns.BothLanguages(), nullable=False),
        sa.Column("remedy", columns.BothLanguages(), nullable=True),
        sa.Column("resolver", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", columns.UtcDateTime(), nullable=False),
        sa.Column("reported_at", columns.UtcDateTime(), nullable=False),
        sa.Column("next_try", columns.UtcDateTime(), nullable=True),
        sa.Column("resolved_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_open_item")),
    )
    op.create_index(
        "ix_open_item_due",
        "open_item",
        ["next_try"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "ix_open_item_open",
        "open_item",
        ["since", "key"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "person",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("read_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("service", "id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_email_key"), "person", ["email_key"], unique=False)
    op.create_table(
        "process_lock",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_process_lock")),
    )
    op.create_table(
        "rate_bucket",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", columns.UtcDateTime(), nullable=False),
        sa.Column("blocked_until", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rate_bucket")),
    )
    op.create_table(
        "record",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("modified_at", columns.UtcDateTime(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("fields", columns.JsonFields(), nullable=False),
        sa.Column("deleted_at", columns.UtcDateTime(), nullable=True),
        sa.Column("seen_in", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("service", "entity", "id", name=op.f("pk_record")),
    )
    op.create_index(
        "ix_record_title",
        "record",
        ["service", "entity", "title_key", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "refused_try",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_try")),
    )
    op.create_index(op.f("ix_refused_try_subject_at"), "refused_try", ["subject", "at"], unique=False)
    op.create_table(
        "rule_book",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("texts", columns.PlainJson(), nullable=False),
        sa.Column("plugins", columns.PlainJson(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_book")),
    )
    op.create_table(
        "shared_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("issuer_key", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("settings", columns.PlainJson(), nullable=False),
        sa.Column("secrets", columns.SealedJson(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_key")),
    )
    op.create_index(op.f("ix_shared_key_service_issuer_key"), "shared_key", ["service", "issuer_key"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", columns.Encrypted(), nullable=False),
        sa.Column("entities", columns.StringTuple(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_expires_at"), "subscription", ["expires_at"], unique=False)
    op.create_index(op.f("ix_subscription_service"), "subscription", ["service"], unique=False)
    op.create_table(
        "sync_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=False),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("counts", columns.JsonFields(), nullable=False),
        sa.Column("progress", columns.JsonFields(), nullable=False),
        sa.Column("problem", columns.BothLanguages(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    op.create_index(op.f("ix_sync_run_started_at_id"), "sync_run", ["started_at", "id"], unique=False)
    op.create_table(
        "baseline",
        sa.Column("link_id", columns.Serial(), nullable=False),
        sa.Column("agreed", columns.JsonFields(), nullable=False),
        sa.Column("left_version", sa.String(), nullable=False),
        sa.Column("right_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_baseline_link_id_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_baseline")),
    )
    op.create_table(
        "open_item_record",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ref", columns.RefText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item"], ["open_item.key"], name=op.f("fk_open_item_record_item_open_item"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item", "position", name=op.f("pk_open_item_record")),
    )
    op.create_index(op.f("ix_open_item_record_ref"), "open_item_record", ["ref"], unique=False)
    op.create_table(
        "record_reference",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("target_service", sa.String(), nullable=False),
        sa.Column("target_entity", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service", "entity", "id"],
            ["record.service", "record.entity", "record.id"],
            name=op.f("fk_record_reference_service_entity_id_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service",
            "entity",
            "id",
            "field",
            "target_service",
            "target_entity",
            "target_id",
            name=op.f("pk_record_reference"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_record_reference_target",
        "record_reference",
        ["target_service", "target_entity", "target_id", "service", "entity", "id"],
        unique=False,
    )
    op.create_table(
        "rule_decision",
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("facts", columns.JsonFields(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["book"], ["rule_book.version"], name=op.f("fk_rule_decision_book_rule_book")),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_rule_decision_event_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_rule_decision")),
    )
    op.create_table(
        "rule_run",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("trace", columns.JsonFields(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_rule_run_event_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_run")),
        sa.UniqueConstraint("event", "rule", name=op.f("uq_rule_run_event_rule")),
    )
    op.create_index(op.f("ix_rule_run_rule_verdict"), "rule_run", ["rule", "verdict"], unique=False)
    op.create_table(
        "sync_outcome",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("left", columns.RefText(), nullable=True),
        sa.Column("right", columns.RefText(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", columns.BothLanguages(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"], ["sync_run.id"], name=op.f("fk_sync_outcome_run_sync_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_outcome")),
    )
    op.create_index(op.f("ix_sync_outcome_run_outcome_id"), "sync_outcome", ["run", "outcome", "id"], unique=False)


def downgrade() -> None:
    for table in (
        "sync_outcome",
        "rule_run",
        "rule_decision",
        "record_reference",
        "open_item_record",
        "baseline",
        "sync_run",
        "subscription",
        "shared_key",
        "rule_book",
        "refused_try",
        "record",
        "rate_bucket",
        "process_lock",
        "person",
        "open_item",
        "mailing",
        "link",
        "intent",
        "inbox",
        "event",
        "document",
        "cursor",
        "connection",
        "api_token",
    ):
        op.drop_table(table)
