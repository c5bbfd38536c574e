"""Serbian in Cyrillic letters, from the same words in Latin ones."""

import re

_SINGLE = str.maketrans(
    "abvgdđežzijklmnoprstćufhcčšABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ",
    "абвгдђежзијклмнопрстћуфхцчшАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ",
)
_DIGRAPHS = {"lj": "љ", "nj": "њ", "dž": "џ"}
_DIGRAPH = re.compile("lj|nj|dž", re.IGNORECASE)
_MEETINGS = """in-jekc in-junk kon-jekt kon-jug kon-junk tan-jug van-jez nad-žan nad-živ nad-žup
    od-žal od-živ pod-žan pod-žup pred-živ"""
_SEAMED = re.compile(
    "|".join("{}(?={})".format(*word.split("-")) for word in _MEETINGS.split()), re.IGNORECASE
)
"""Where two letters meet in a word and stay two: `injekcija`, `konjunktura`, `nadživeti`."""
_KEPT = re.compile(r"\$\$|\$\w+|\$\{\w+\}|\S*[@/\d]\S*|\b\w*[qwxyQWXY]\w*\b")
"""Variables, addresses, numbers, and words that are not Serbian."""
_SEAM = "\N{ZERO WIDTH NON-JOINER}"


def cyrillic(text: str) -> str:
    """Latin Serbian in Cyrillic; variables of templates and foreign words stay as they are."""
    written, end = "", 0
    for kept in _KEPT.finditer(text):
        written += _letters(text[end : kept.start()]) + kept[0]
        end = kept.end()
    return written + _letters(text[end:])


def _letters(text: str) -> str:
    with_seams = _SEAMED.sub(lambda match: match[0] + _SEAM, text)
    joined = _DIGRAPH.sub(_joined, with_seams)
    return joined.translate(_SINGLE).replace(_SEAM, "")


def _joined(match: re.Match[str]) -> str:
    letter = _DIGRAPHS[match[0].lower()]
    return letter.upper() if match[0][0].isupper() else letter
