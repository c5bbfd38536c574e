"""A whole configuration, to be changed for a test, and what is wrong with it then."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from daemon.config import ConfigError, load

SECRET = "hunter2-and-more"
WHOLE = """
[accounts.support]
address = "support@b2bee.example"
aliases = ["help@b2bee.example"]
name = "B2Bee Support"
[mail.relay]
host = "smtp.b2bee.example"
[people.ana]
name = "Ana Horvat"
addresses = ["ana@b2bee.example"]
ways = ["mail:ana@b2bee.example"]
[people.ivo]
name = "Ivo Marić"
addresses = ["ivo@b2bee.example"]
ways = ["mail:ivo@b2bee.example", "log"]
[on_call]
people = ["ana", "ivo"]
starts = "2026-01-05T09:00"
[escalation]
catch_all = ["ivo"]
"""
PLAN = """
[plans.basic]
credits_per_month = 1
credits_per_day = 2
registered_persons = 1
response_priority = false
discount = false
[plans.basic.first_response]
critical = { within = "1h", from = "08:00", to = "22:00", working_days = false, channels = ["chat"] }
significant = { within = "4h", from = "08:00", to = "18:00", working_days = true, channels = ["chat"] }
minor = { within = "24h", from = "09:00", to = "17:00", working_days = true, channels = ["ticket"] }
none = { within = "48h", from = "09:00", to = "17:00", working_days = true, channels = ["email"] }
"""  # noqa: E501 (an inline table is one line)
Written = Callable[[str], Path]


def changed(*changes: tuple[str, str], text: str = WHOLE) -> str:
    for old, new in changes:
        assert old in text, f"{old!r} is not in the whole configuration"
        text = text.replace(old, new, 1)
    return text


def problems(
    path: Path | None, environ: Mapping[str, str] | None = None, demo: bool = False
) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {}, demo)
    return caught.value.problems


MINOR = 'within = "24h", from = "09:00", to = "17:00", working_days = true, channels = ["ticket"]'


def written_in(folder: Path) -> Written:
    """Writes a configuration into a folder, and says where."""

    def write(text: str) -> Path:
        path = folder / "supportd.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
