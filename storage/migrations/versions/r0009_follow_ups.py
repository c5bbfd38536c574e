"""Follow-ups that were answered too late."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followupbreach",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.String(32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name="fk_followupbreach_request_id"
        ),
        sa.PrimaryKeyConstraint("request_id", "due_at", "taken_back", name="pk_followupbreach"),
    )
    op.create_index("ix_followupbreach_received_at", "followupbreach", ["received_at"])
