"""The first tables"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("organization_name", sa.String(), nullable=False),
        sa.Column("base_currency", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("settings", columns.PlainJson(), nullable=False),
        sa.Column("secrets", columns.Encrypted(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
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
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_customer", ["customer", "service", "entity", "day", "id"], unique=False)
        batch_op.create_index("ix_document_day", ["service", "entity", "day", "id"], unique=False)
        batch_op.create_index("ix_document_deal", ["deal", "service", "entity", "day", "id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ref", columns.RefText(), nullable=False),
        sa.Column("before", columns.JsonFields(), nullable=True),
        sa.Column("after", columns.JsonFields(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_ref_at"), ["ref", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_state_at_id"), ["state", "at", "id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("service", "entity", "record_id", name=op.f("uq_inbox_service_entity_record_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_service_entity_id"), ["service", "entity", "id"], unique=False)

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
        sa.Column("problem_en", sa.String(), nullable=True),
        sa.Column("problem_ja", sa.String(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_intent")),
    )
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intent_batch_position"), ["batch", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_intent_event"), ["event"], unique=False)
        batch_op.create_index(
            "ix_intent_planned",
            ["batch", "position"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(batch_op.f("ix_intent_relates"), ["relates"], unique=False)
        batch_op.create_index(batch_op.f("ix_intent_result"), ["result"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_intent_state_created_at_key"), ["state", "created_at", "key"], unique=False
        )

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
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("left_service", "left_entity", "left_id", "pair", name="uq_link_left"),
        sa.UniqueConstraint("right_service", "right_entity", "right_id", "pair", name="uq_link_right"),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_pair_id"), ["pair", "id"], unique=False)

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
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index(
            "ix_record_title",
            ["service", "entity", "title_key", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "subscription",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", columns.Encrypted(), nullable=False),
        sa.Column("entities", columns.PlainJson(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_subscription")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscription_service"), ["service"], unique=False)

    op.create_table(
        "sync_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", columns.UtcDateTime(), nullable=False),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("counts", columns.JsonFields(), nullable=False),
        sa.Column("progress", columns.JsonFields(), nullable=False),
        sa.Column("problem_en", sa.String(), nullable=True),
        sa.Column("problem_ja", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_run_started_at_id"), ["started_at", "id"], unique=False)

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
    with op.batch_alter_table("record_reference", schema=None) as batch_op:
        batch_op.create_index(
            "ix_record_reference_target",
            ["target_service", "target_entity", "target_id", "service", "entity", "id"],
            unique=False,
        )

    op.create_table(
        "rule_run",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("trace", columns.JsonFields(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_rule_run_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_run")),
        sa.UniqueConstraint("event_id", "rule", name=op.f("uq_rule_run_event_id_rule")),
    )
    with op.batch_alter_table("rule_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_run_rule_id"), ["rule", "id"], unique=False)

    op.create_table(
        "sync_outcome",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("left_ref", columns.RefText(), nullable=True),
        sa.Column("right_ref", columns.RefText(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("reason_ja", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"], ["sync_run.id"], name=op.f("fk_sync_outcome_run_sync_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_outcome")),
    )
    with op.batch_alter_table("sync_outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_outcome_run_outcome_id"), ["run", "outcome", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sync_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_outcome_run_outcome_id"))

    op.drop_table("sync_outcome")
    with op.batch_alter_table("rule_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_run_rule_id"))

    op.drop_table("rule_run")
    with op.batch_alter_table("record_reference", schema=None) as batch_op:
        batch_op.drop_index("ix_record_reference_target")

    op.drop_table("record_reference")
    op.drop_table("baseline")
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_run_started_at_id"))

    op.drop_table("sync_run")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_service"))
        batch_op.drop_index(batch_op.f("ix_subscription_expires_at"))

    op.drop_table("subscription")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_record_title",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("record")
    op.drop_table("rate_bucket")
    op.drop_table("process_lock")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_pair_id"))

    op.drop_table("link")
    with op.batch_alter_table("intent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intent_state_created_at_key"))
        batch_op.drop_index(batch_op.f("ix_intent_result"))
        batch_op.drop_index(batch_op.f("ix_intent_relates"))
        batch_op.drop_index(
            "ix_intent_planned",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index(batch_op.f("ix_intent_event"))
        batch_op.drop_index(batch_op.f("ix_intent_batch_position"))

    op.drop_table("intent")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_service_entity_id"))

    op.drop_table("inbox")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_state_at_id"))
        batch_op.drop_index(batch_op.f("ix_event_ref_at"))

    op.drop_table("event")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_deal")
        batch_op.drop_index("ix_document_day")
        batch_op.drop_index("ix_document_customer")

    op.drop_table("document")
    op.drop_table("cursor")
    op.drop_table("connection")
