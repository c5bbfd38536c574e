"""TOML files: an operator's, and those we ship."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from daemon.config.problems import ConfigError

Table = dict[str, Any]


def read_toml(path: Path) -> Table:
    """A TOML file as a table; raises ConfigError with file, line and column."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: nested too deeply"]) from None
    except ValueError as error:  # a number without end, too
        raise ConfigError([f"{path}: {syntax_error(error)}"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def syntax_error(error: Exception) -> str:
    """Where it is, then what."""
    at = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error))
    return f"line {at[2]}, column {at[3]}: {at[1]}" if at else str(error)


def shipped(name: str) -> Table:
    """One of our own TOML files."""
    return tomllib.loads((files("daemon") / name).read_text(encoding="utf-8"))
