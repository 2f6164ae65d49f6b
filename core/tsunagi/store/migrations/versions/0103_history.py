"""The history of records: who changed which field when, and what it said before; which run another one undoes"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

_OF_A_RUN = sa.text("run <> ''")


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("changes", columns.JsonFields(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_service_entity_record_id"), "history", ["service", "entity", "record", "id"])
    op.create_index("ix_history_run", "history", ["run", "id"], sqlite_where=_OF_A_RUN, postgresql_where=_OF_A_RUN)
    op.add_column("sync_run", sa.Column("undoes", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sync_run") as sync_run:
        sync_run.drop_column("undoes")
    op.drop_table("history")
