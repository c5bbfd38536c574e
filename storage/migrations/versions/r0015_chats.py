"""Where in a chat something was said, and where its customer is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request", sa.Column("answer_to", sa.String(), nullable=False, server_default=""))
    op.add_column("message", sa.Column("room", sa.String(), nullable=False, server_default=""))
    in_room = sa.text("room <> ''")
    op.create_index(
        "ix_message_room",
        "message",
        ["room", "id"],
        sqlite_where=in_room,
        postgresql_where=in_room,
    )
