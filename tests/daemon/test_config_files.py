"""Which file is taken, and the one we ship to start from."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from daemon.config import CONFIG_PATHS, ConfigError, Settings, find_config, load

REPOSITORY = Path(__file__).parents[2]


def test_the_file_is_found_in_the_order_of_who_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, two, here = tmp_path / "one.toml", tmp_path / "two.toml", Path("supportd.toml")
    assert find_config(None, {}) in (None, CONFIG_PATHS[1])
    for path in (one, two, here):
        path.write_text("")
    assert find_config(None, {}) == CONFIG_PATHS[0] == here
    assert find_config(None, {"SUPPORTD_CONFIG": str(two)}) == two
    assert find_config(one, {"SUPPORTD_CONFIG": str(two)}) == one


@pytest.mark.parametrize("by", ["--config", "SUPPORTD_CONFIG"])
def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path, by: str) -> None:
    missing = tmp_path / "none.toml"
    explicit = missing if by == "--config" else None
    environ = {by: str(missing)} if explicit is None else {}
    with pytest.raises(ConfigError) as caught:
        find_config(explicit, environ)
    assert caught.value.problems == [f"{by}: {missing} is not there, or is no file"]


PASSWORD = {"SUPPORTD_MAIL__RELAY__PASSWORD": "x"}
DEFAULT = re.compile(r"^#: ", re.MULTILINE)


def example() -> str:
    return (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")


def test_the_example_passes_every_check() -> None:
    settings = load(REPOSITORY / "config.example.toml", PASSWORD, demo=False)
    assert settings.mail.relay is not None


def test_the_commented_defaults_of_the_example_are_the_real_ones(tmp_path: Path) -> None:
    spelled_out = DEFAULT.sub("", example())
    assert len(tomllib.loads(spelled_out)) > len(tomllib.loads(example()))
    path = tmp_path / "supportd.toml"
    path.write_text(spelled_out, encoding="utf-8")
    as_shipped = load(REPOSITORY / "config.example.toml", PASSWORD, demo=False)
    assert load(path, PASSWORD, demo=False) == as_shipped


def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        for below in models_in(field.annotation):
            yield from keys(below)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


@pytest.mark.parametrize("document", ["config.example.toml", "docs/configuration.md"])
def test_example_and_documentation_speak_of_every_key(document: str) -> None:
    words = set(re.findall(r"\w+", (REPOSITORY / document).read_text(encoding="utf-8")))
    assert sorted(set(keys(Settings)) - words) == []
