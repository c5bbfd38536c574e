"""What chats show our people of a request, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("card", sa.JSON(), nullable=True))
    op.create_table(
        "post",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_post_request_id"),
        sa.PrimaryKeyConstraint("place", name="pk_post"),
    )
    op.create_index("ix_post_request_id", "post", ["request_id"])
