"""What rules decided from, in place of a trace of every rule"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_book",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("texts", columns.PlainJson(), nullable=False),
        sa.Column("plugins", columns.PlainJson(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_book")),
    )
    op.create_table(
        "rule_decision",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("facts", columns.JsonFields(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["book"], ["rule_book.version"], name=op.f("fk_rule_decision_book_rule_book")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_rule_decision_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_rule_decision")),
    )


def downgrade() -> None:
    op.drop_table("rule_decision")
    op.drop_table("rule_book")
