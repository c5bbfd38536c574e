"""Requests by who asked, and notices by what a chat calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_request_sender", "request", ["sender"])
    called = sa.text("reference <> ''")
    op.create_index(
        "ix_outbox_reference",
        "outbox",
        ["reference"],
        sqlite_where=called,
        postgresql_where=called,
    )
