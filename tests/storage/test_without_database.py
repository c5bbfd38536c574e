"""What needs no database."""

import re

import pytest
from alembic.script import ScriptDirectory

from storage import migrations
from storage.store import Store, StoreError


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("sqlite://", "sqlite:///path"),
        ("sqlite:///:memory:", "sqlite:///path"),
        ("sqlite:///file:x?mode=memory&uri=true", "sqlite:///path"),
        ("mysql://localhost/x", "sqlite:///path"),
        ("mysql://localhost/x", "postgresql://user@host/database"),
        ("/var/lib/x.db", "sqlite:///path"),
        ("", "sqlite:///path"),
    ],
)
def test_a_url_we_cannot_open_is_refused_with_what_would_be_right(url: str, right: str) -> None:
    with pytest.raises(StoreError, match=right):
        Store(url)


def test_a_password_in_a_url_is_not_shown() -> None:
    with pytest.raises(StoreError) as refused:
        Store("mysql://eva:secret@localhost/x")
    assert "secret" not in str(refused.value)


def test_head_is_the_newest_version_there_is() -> None:
    scripts = ScriptDirectory(
        str(migrations.VERSIONS.parent), version_locations=[str(migrations.VERSIONS)]
    )
    assert scripts.get_heads() == [migrations.HEAD]
    assert all(re.fullmatch(r"\d{4}", s.revision) for s in scripts.walk_revisions())
