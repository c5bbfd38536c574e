"""The escalation policy that a timer keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalationpolicy",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_escalationpolicy"),
    )
    # No foreign key: SQLite could add none to a table with rows in place. Policies stay for ever.
    op.add_column("timer", sa.Column("policy", sa.String(), nullable=True))
