"""Whether a message says thanks and nothing else."""

import re

_LONGEST = 200


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS = _words("""
    hvala zahvaljujem zahvaljujemo hvaljeno fala хвала захваљујем захваљујемо
    thanks thank thx ty cheers danke dankeschön dank vielen merci
""")
_CROATIAN_BOSNIAN_SERBIAN = _words("""
    lijepa lijepo lepa lepo puno mnogo najljepša najlepša vam ti vama i na pomoći pomoc pomoć brzom
    odgovoru odgovor brzoj reakciji pozdrav pozdravi lijep srdačan poštovani poštovana dobar dan
    bok super odlično sve radi sad sada je u redu riješeno rešeno od srca unaprijed lp
    лепо лепа пуно много вам на помоћи и брзом одговору поздрав срдачан поштовани добар дан све
    ради сада је у реду решено супер одлично
""")
_SLOVENE = _words("""
    lepa najlepša za pomoč hiter hitro spoštovani pozdravljeni deluje zdaj vse urejeno rešeno
""")
_ENGLISH = _words("""
    you so very much many a lot for the your help quick fast reply response answer support hello hi
    dear all it works now again great perfect solved resolved that is fine best kind regards ok okay
    everything
""")
_GERMAN = _words("""
    schön sehr für die ihre hilfe schnelle antwort rückmeldung hallo guten tag es funktioniert geht
    jetzt wieder alles bestens super mit freundlichen grüßen viele grüße erledigt gelöst klar
""")
_SAID_WITH_IT = _THANKS | _CROATIAN_BOSNIAN_SERBIAN | _SLOVENE | _ENGLISH | _GERMAN
_DENIALS = _words("ne nije nisu ni not no nothing nicht nichts kein nein не није нису")
_WORD = re.compile(r"[^\W\d_]+")
_MOST_NAMES = 3


def is_only_thanks(text: str) -> bool:
    """Whether nothing but thanks is said, in any of our languages: it asks for nothing.

    In doubt it is not: a question, a figure, a denial or a word out of the ordinary counts as
    something said. Up to three words with a capital at the end are the writer's name.
    """
    if len(text) > _LONGEST or re.search(r"[?\d]", text):
        return False
    words = _WORD.findall(text)
    said = [word.casefold() in _SAID_WITH_IT for word in words]
    ends = len(said) - said[::-1].index(True) if any(said) else 0
    thanks, names = words[:ends], words[ends:]
    if names and text.rstrip().endswith((".", "!")):
        return False  # a sentence, not a name
    return (
        all(said[:ends])
        and any(word.casefold() in _THANKS for word in thanks)
        and len(names) <= _MOST_NAMES
        and all(name.istitle() and name.casefold() not in _DENIALS for name in names)
    )
