"""`supportd oncall test`: each way tried, and how long it took."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli.commands import app
from rules.requests import Refused
from tests.daemon.house import CONFIG


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "supportd.toml"
    text = CONFIG.format(store=f"sqlite:///{tmp_path}/x.db")
    ways = f'["command:{shutil.which("true")}", "command:{shutil.which("false")} secret", "log"]'
    path.write_text(text.replace('ways = ["mail:ana@b2bee.example"]', f"ways = {ways}"))
    return path


def test_each_way_is_tried_and_said_what_came_of_it(config: Path) -> None:
    done = CliRunner().invoke(app, ["oncall", "test", "ana", "--json", "--config", str(config)])
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"way')]
    assert [(each["sent"], each["error"] or "") for each in told] == [
        (True, ""),
        (False, f"temporary: command:{shutil.which('false')}: ended with 1"),
        (True, ""),
    ]
    assert all(each["ms"] < 30_000 for each in told)
    assert done.exit_code == 1


def test_nobody_of_that_name_is_told(config: Path) -> None:
    done = CliRunner().invoke(app, ["oncall", "test", "eve", "--config", str(config)])
    assert isinstance(done.exception, Refused)
