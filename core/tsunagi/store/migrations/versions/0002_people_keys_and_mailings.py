"""People, sign-in tokens, shared keys and mailings"""

import sqlalchemy as sa
from alembic import op

from tsunagi.store import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        "mailing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("document", columns.RefText(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("recipients", columns.PlainJson(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem_en", sa.String(), nullable=True),
        sa.Column("problem_ja", sa.String(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
    )
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailing_document_at"), ["document", "at"], unique=False)

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
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_email_key"), ["email_key"], unique=False)

    op.create_table(
        "refused_try",
        sa.Column("id", columns.Serial(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_try")),
    )
    with op.batch_alter_table("refused_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refused_try_subject_at"), ["subject", "at"], unique=False)

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
        sa.Column("secrets", columns.Encrypted(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", columns.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_key")),
    )
    with op.batch_alter_table("shared_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_key_service_issuer_key"), ["service", "issuer_key"], unique=False)

    added = {"features": columns.PlainJson(), "remembered": columns.PlainJson(), "connected_by": sa.String()}
    with op.batch_alter_table("connection", schema=None) as batch_op:
        for name, kind in added.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    # Connections made before were made by the command line, with everything switched on.
    op.execute("UPDATE connection SET features = '{}', remembered = '{}', connected_by = ''")
    with op.batch_alter_table("connection", schema=None) as batch_op:
        for name, kind in added.items():
            batch_op.alter_column(name, existing_type=kind, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_column("connected_by")
        batch_op.drop_column("remembered")
        batch_op.drop_column("features")

    with op.batch_alter_table("shared_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_key_service_issuer_key"))

    op.drop_table("shared_key")
    with op.batch_alter_table("refused_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refused_try_subject_at"))

    op.drop_table("refused_try")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_email_key"))

    op.drop_table("person")
    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailing_document_at"))

    op.drop_table("mailing")
    op.drop_table("api_token")
