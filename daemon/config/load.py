"""From a file and the environment to checked settings, or every problem at once."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from os.path import isfile
from pathlib import Path

from pydantic import ValidationError

from daemon.config.checks import cross_check
from daemon.config.files import Table, read_toml, shipped
from daemon.config.layers import is_inherited, newest, over, over_shipped
from daemon.config.model import Settings
from daemon.config.problems import ConfigError, Place, explain, written
from daemon.config.promises import PolicySettings
from daemon.config.public_holidays import fault_of

CONFIG_PATHS = (Path("supportd.toml"), Path("/etc/supportd/config.toml"))
"""Tried in this order where neither `--config` nor SUPPORTD_CONFIG names a file."""


_BY_NAME = ("accounts", "people", "mailboxes", "rotations")
"""Sections of tables that stand each for itself."""


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file to use: None if there is none.

    Raises ConfigError if a file is named and not there: falling back would run something else.
    """
    named = {"--config": explicit, "SUPPORTD_CONFIG": _path(environ.get("SUPPORTD_CONFIG"))}
    for by, path in named.items():
        if path is not None:
            if not isfile(path):
                raise ConfigError([f"{by}: {path} is not there, or is no file"])
            return path
    return next((path for path in CONFIG_PATHS if isfile(path)), None)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def load(path: Path | None, environ: Mapping[str, str], demo: bool) -> Settings:
    """Read, lay over the shipped policy, override from the environment, check as a whole.

    None is the embedded demonstration. `demo` allows what no real installation may do: a log, or
    mail kept as files, as the only way to reach people. Relative paths are relative to the
    working directory. Raises ConfigError with every problem.
    """
    return check(read_toml(path) if path is not None else shipped("demo.toml"), environ, demo)


def check(given: Table, environ: Mapping[str, str], demo: bool) -> Settings:
    """As `load`, with the file's content; the environment's overrides are put into it."""
    overridden, problems = _override(given, environ)
    layered = over_shipped(given)
    try:
        settings = Settings.model_validate(layered)
    except ValidationError as error:
        faults = explain(error, Settings)
        settings, broken = _without([place for place, _ in faults], layered)
    else:
        faults, broken = [], set[str]()
    faults = [fault for fault in faults if not is_inherited(fault[0], given)]
    faults += cross_check(settings, layered, broken, demo)
    problems += [_line(place, words, overridden) for place, words in faults]
    if problems:
        # None: pydantic's own error would show the values, and so the secrets.
        raise ConfigError(problems) from None
    return settings


def load_policy(path: Path, config: Path | None, environ: Mapping[str, str]) -> PolicySettings:
    """Another policy: what a file says, over the newest version of a sound configuration.

    Raises ConfigError with every problem.
    """
    given = read_toml(config) if config is not None else shipped("demo.toml")
    _override(given, environ)
    try:
        settings = PolicySettings.model_validate(over(newest(given), read_toml(path)))
    except ValidationError as error:
        found = explain(error, PolicySettings)
        raise ConfigError([f"{path}: {written(at)}: {words}" for at, words in found]) from None
    if (fault := fault_of(settings.holidays)) is not None:
        raise ConfigError([f"{path}: holidays: {fault}"])
    if words := settings.days_at_odds():
        raise ConfigError([f"{path}: {words}"])
    return settings


def _without(faults: list[Place], layered: Table) -> tuple[Settings, set[str]]:
    """What is sound, so that it is checked as well; and the sections that are not.

    A faulty account, person, mailbox or rotation is left out; any other faulty section is the
    demonstration's.
    """
    entries = {place[:2] for place in faults if place[0] in _BY_NAME and place[1:]}
    broken = {str(place[0]) for place in faults if place[:2] not in entries}
    sound: Table = {key: value for key, value in layered.items() if key not in broken}
    for section, name in entries:
        if section in sound:
            sound[str(section)] = {k: v for k, v in sound[str(section)].items() if k != name}
    stand_in = over_shipped(shipped("demo.toml"))
    sound |= {key: value for key, value in stand_in.items() if key in broken}
    return Settings.model_validate(sound), broken


def _override(given: Table, environ: Mapping[str, str]) -> tuple[dict[Place, str], list[str]]:
    """Put SUPPORTD_SECTION__KEY=value into the table; which variable set what, and problems.

    Only names with a double underscore are ours: an orchestrator sets SUPPORTD_PORT and the like
    for a service of this name.
    """
    overridden: dict[Place, str] = {}
    problems: list[str] = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith("SUPPORTD_") or "__" not in variable:
            continue
        place = tuple(variable.removeprefix("SUPPORTD_").lower().split("__"))
        if _put(given, place, _value(text)):
            overridden[place] = variable
        else:
            problems.append(f"{variable}: there is no table to hold it in the configuration")
    return overridden, problems


def _value(text: str) -> object:
    """Lists and tables are TOML; everything else is text, read as its key wants it."""
    if text.startswith(("[", "{")):
        with suppress(tomllib.TOMLDecodeError):  # a password may begin like that
            return tomllib.loads(f"value = {text}")["value"]
    return text


def _put(table: Table, place: tuple[str, ...], value: object) -> bool:
    for key in place[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            return False
    table[place[-1]] = value
    return True


def _line(place: Place, words: str, overridden: Mapping[Place, str]) -> str:
    by = [name for at, name in overridden.items() if at == place[: len(at)]]
    if words.startswith("unknown key"):  # perhaps of a table that only a variable speaks of
        by += [name for at, name in overridden.items() if place == at[: len(place)]]
    return f"{written(place)}{f' ({by[0]})' if by else ''}: {words}"
