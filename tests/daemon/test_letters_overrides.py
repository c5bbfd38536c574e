"""An operator's own words, and how mistakes in them are told."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.letters.cyrillic import cyrillic
from daemon.letters.overrides import LANGUAGES_OF_FILES, LETTERS, faults_in, file_of, read
from daemon.letters.templates import sections

SHIPPED = Path(__file__).parents[2] / "daemon" / "letters"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("## greeting\nBok $name,\n", "line 2: unknown variable $name; none here"),
        (
            "## heard\n$number\n$nmber\n",
            "line 3: unknown variable $nmber; known here: $number",
        ),
        ("\n## answer\nSoon.\n", "line 2: $due is missing; customers need it"),
        ("## moment\n$date $time\n", "line 1: $zone is missing; customers need it"),
        ("## heard\n\n", "line 1: $number is missing; customers need it"),
        ("## closing\nIt costs 5 $.\n", "line 2: a $ that begins no variable; $$ is a dollar sign"),
        ("## closing\n${due}\n", "line 2: unknown variable $due; none here"),
        ("## greting\nBok,\n", "line 1: unknown section; did you mean greeting?"),
        ("Bok,\n", 'line 1: words before the first section (like "## greeting")'),
        (
            "## greeting\nBok,\n## greeting\nDan,\n",
            'line 3: section "greeting" is there twice; one of them has to go',
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_what_would_be_right(
    tmp_path: Path, written: str, told: str
) -> None:
    path = tmp_path / "receipt.hr.txt"
    path.write_text(written, encoding="utf-8")

    assert list(faults_in(tmp_path)) == [f"{path}, {told}"]


def test_a_folder_a_name_and_an_encoding_can_be_wrong(tmp_path: Path) -> None:
    (tmp_path / "reciept.hr.txt").write_text("", encoding="utf-8")
    (tmp_path / "receipt.sl.txt").write_bytes("## greeting\nPozdravljeni č".encode("cp1250"))
    (tmp_path / "notes.md").write_text("of no concern", encoding="utf-8")

    assert list(faults_in(tmp_path)) == [
        f"{tmp_path}/receipt.sl.txt: cannot be read: it is not UTF-8 text",
        f'{tmp_path}/reciept.hr.txt: is no letter of ours; did you mean "receipt.hr.txt"?',
    ]
    assert list(faults_in(tmp_path / "gone")) == [f"{tmp_path}/gone is no folder"]


def test_a_button_without_a_word_is_told(tmp_path: Path) -> None:
    path = tmp_path / "offer.hr.txt"
    path.write_text("## accept\n\n## until\nUskoro.\n", encoding="utf-8")

    assert list(faults_in(tmp_path)) == [
        f"{path}, line 1: is empty; customers need a word to press",
        f"{path}, line 3: $until is missing; customers need it",
    ]


def test_our_own_files_are_sound_as_overrides_and_an_empty_folder_is(tmp_path: Path) -> None:
    for name in (
        file_of(language, letter) for language in LANGUAGES_OF_FILES for letter in LETTERS
    ):
        own, faults = read(SHIPPED, name)
        assert faults == []
        assert own.keys() == sections(name).keys()
    assert list(faults_in(tmp_path)) == []


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_either_told_of_or_can_be_filled(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("letters")
    (folder / "receipt.en.txt").write_bytes(b"## credits one\n" + content)

    own, faults = read(folder, "receipt.en")

    if not faults:
        for template in own.values():
            template.substitute(defaultdict(str))


@pytest.mark.parametrize(
    ("latin", "written"),
    [
        ("Ljubljana, LJUBAV, konj, nađen, džep, Džep", "Љубљана, ЉУБАВ, коњ, нађен, џеп, Џеп"),
        ("injekcija konjunktura nadživeti", "инјекција конјунктура надживети"),
        ("odžaliti vanjezički Tanjug", "оджалити ванјезички Танјуг"),
        ("inženjer, stanje, odžak, budžet", "инжењер, стање, оџак, буџет"),
        ("Čekaćemo žućkaste Šljive Đaka", "Чекаћемо жућкасте Шљиве Ђака"),
        ("zahtev #$number do ${due}.", "захтев #$number до ${due}."),
        ("pišite na podrska@b2bee.example", "пишите на podrska@b2bee.example"),
        ("po ISO 9001 za Windows", "по ИСО 9001 за Windows"),
    ],
)
def test_serbian_is_written_in_cyrillic(latin: str, written: str) -> None:
    assert cyrillic(latin) == written
