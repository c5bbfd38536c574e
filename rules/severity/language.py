"""In which language a message is written, as far as an answer needs it."""

from rules.severity.words import sentences

_STOP_WORDS = {
    "en": """the and is are was were not we you our your have has had with for from this that
        can cannot it its please be been they there what when how does do any hello hi thanks
        still since but all nobody nothing works of on at to""",
    "de": """der die das und ist sind war nicht wir sie unser unsere ihr haben hat mit fur von
        dem den ein eine auf bei wird werden kann bitte auch noch seit guten danke hallo ich es
        im zu nach geht alle keine kein aber nur uns am""",
    "hr": """je i u s sa iz od do na za po se ne da li ili ali ako kad kada kako nije nisu su smo
        ste sam sto sta koji koja koje kod prije pre moze mozemo mogu svi sve nam nas vas mi vi
        molim molimo hvala postovani pozdrav dobar dan danas jucer juce sutra samo vec opet radi
        rade ne nista nitko niko gdje gde ima imamo bi bilo treba jos nego zbog te pa
        koliko to bismo zelimo cemo sad sada trenutno uvijek uvek korisnik narudzbe racuni ovo""",
    "sl": """je in v iz od do na za po se ne da ali ce ko kdaj kako ni niso so smo ste sem kaj
        ki katera katere pri pred lahko more moremo morem vsi vse nam nas vas mi vi prosim hvala
        pozdravljeni spostovani pozdrav dan danes vceraj jutri samo ze spet dela delajo ne nic
        nihce kje imamo bi bilo treba se tudi zaradi ter pa kot ga jih jim
        koliko to vasa vcasih zato sele ceprav deluje uspe mozno stane medtem vsak rocno potem en
        eni ena celotno uporabnik narocila narocil racuni zelimo zdaj vedno novih skupaj napacno""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
_LETTERS = {"hr": "đć", "de": "äöüß"}
_LOOKED_AT = 2_000


def detect(text: str) -> str:
    """`hr`, `sl`, `sr`, `de`, `en`, or empty when it cannot be told.

    `sr` means Serbian in Cyrillic. South Slavic in Latin letters that is not Slovene is `hr`:
    one sentence does not tell Croatian, Bosnian and Serbian apart. Looks at 2,000 characters.
    """
    start = text[:_LOOKED_AT].lower()
    if _is_cyrillic(start):
        return "sr"
    points = {
        language: sum(start.count(letter) for letter in _LETTERS.get(language, ""))
        for language in _WORDS
    }
    for sentence in sentences(start):
        for word in sentence.words:
            for language, stop_words in _WORDS.items():
                points[language] += word.folded in stop_words
    most = max(points.values())
    best = [language for language in points if points[language] == most]
    if most and set(best) <= {"hr", "sl"}:
        return best[0]
    return best[0] if most and len(best) == 1 else ""


def _is_cyrillic(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters > 0 and 2 * sum("Ѐ" <= c <= "ӿ" for c in text) > letters
