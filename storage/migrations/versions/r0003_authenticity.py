"""Who really wrote a message, and when to look again; which mailbox it was fetched from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "inbox", sa.Column("peer_mailbox", sa.String(), nullable=False, server_default="")
    )
    for column in (
        sa.Column("authenticity", sa.String(32), nullable=False, server_default="unproven"),
        sa.Column("evidence", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("unanswered", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("message", column)
    op.create_index(op.f("ix_message_look_again_at"), "message", ["look_again_at"], unique=False)
