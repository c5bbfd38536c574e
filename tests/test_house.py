"""What holds of the house as a whole."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["rules", "channels", "storage", "daemon"])
def test_our_import_names_are_ours(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def test_every_test_folder_is_found_by_path_and_not_as_a_package() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_python_file_has_outgrown_a_screen_or_eight() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ("rules", "channels", "storage", "daemon")
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
