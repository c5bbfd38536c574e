"""An operator's own words in place of ours: template files in a folder, and what is wrong there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from daemon.config.problems import did_you_mean
from daemon.letters.templates import Section, by_heading, sections, split

LANGUAGES_OF_FILES = ("hr", "bs", "sr", "sl", "de", "en")
"""Serbian in Cyrillic is made from the Latin file."""

LETTERS = ("receipt", "offer", "statement", "link")
"""What customers are written; greeting, signature and the like are the receipt's for all."""

_NEEDED = {
    "heard": ["number"],
    "answer": ["due"],
    "moment": ["date", "time", "zone"],
    "until": ["until"],
    "asked": ["identity"],
}
"""What no customer may be left without."""
_BUTTONS = ("accept", "decline", "confirm")


def file_of(language: str, letter: str = "receipt") -> str:
    """The name of the template file of a letter in a language, without `.txt`."""
    return f"{letter}.{language}"


def read(folder: Path, name: str) -> tuple[dict[str, Template], list[str]]:
    """The folder's sections in place of ours, by heading, and what is wrong with them.

    A fault says file, line and what would be right. No file is no fault.
    """
    path = folder / f"{name}.txt"
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, [] if folder.is_dir() else [_no_folder(folder)]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return {}, [f"{path}: cannot be read: {why}"]
    faults = sorted(_faults(list(split(source)), sections(name)))
    return by_heading(source), [f"{path}, line {line}: {words}" for line, words in faults]


def faults_in(folder: Path) -> Iterator[str]:
    """Everything that is wrong in a folder of templates."""
    if not folder.is_dir():
        yield _no_folder(folder)
        return
    names = [file_of(language, letter) for letter in LETTERS for language in LANGUAGES_OF_FILES]
    for path in sorted(folder.glob("*.txt")):
        if path.stem in names:
            yield from read(folder, path.stem)[1]
        else:
            files = [f"{name}.txt" for name in names]
            yield f"{path}: is no letter of ours; {did_you_mean(path.name, files)}"


def _no_folder(folder: Path) -> str:
    return f"{folder} is no folder"


def _faults(found: list[Section], ours: Mapping[str, Template]) -> Iterator[tuple[int, str]]:
    seen = set[str]()
    for section in found:
        heading = section.heading
        if not heading:
            yield from _headless(section)
        elif heading not in ours:
            yield section.line, f"unknown section; {did_you_mean(heading, list(ours))}"
        elif heading in seen:
            yield section.line, f'section "{heading}" is there twice; one of them has to go'
        else:
            yield from _faults_of_variables(section, ours[heading].get_identifiers())
            if heading in _BUTTONS and not "".join(section.body).strip():
                yield section.line, "is empty; customers need a word to press"
        seen.add(heading)


def _headless(section: Section) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(section.body, start=1):
        if text.strip():
            yield number, 'words before the first section (like "## greeting")'
            return


def _faults_of_variables(section: Section, known: list[str]) -> Iterator[tuple[int, str]]:
    used = set[str]()
    for number, text in enumerate(section.body, start=section.line + 1):
        for match in Template.pattern.finditer(text):
            name = match["named"] or match["braced"]
            if match["invalid"] is not None:
                yield number, "a $ that begins no variable; $$ is a dollar sign"
            elif name and name not in known:
                yield number, f"unknown variable ${name}; {_listed(known)}"
            used.add(name or "")
    for needed in _NEEDED.get(section.heading, []):
        if needed not in used:
            yield section.line, f"${needed} is missing; customers need it"


def _listed(known: list[str]) -> str:
    return f"known here: {', '.join(f'${name}' for name in known)}" if known else "none here"
