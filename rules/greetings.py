"""Whether a message greets and says nothing else yet."""

import re

_LONGEST = 100


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREETINGS = _words("""
    hi hello hey hiya morning afternoon evening good day yo
    bok bog pozdrav pozdravi zdravo ćao čao cao dobar dan dobro jutro dobra večer dobro veče vecer
    živjo zivjo pozdravljeni pozdravljena zdravo
    hallo guten tag morgen abend moin servus grüß gott gruss grüezi
    здраво поздрав добар дан добро јутро добро вече ћао
""")
_SAID_WITH_IT = _GREETINGS | _words("""
    there all everyone everybody team support folks guys to you dear anyone anybody here
    svima svi ekipa tim podrška podrška ljudi vam ima li koga tu imate vremena
    vsem ekipa vsi
    zusammen alle an leute ist jemand da
    свима екипа
""")
_EMOJI = re.compile(r":[a-z0-9_+-]+:")
_WORD = re.compile(r"[^\W\d_]+")


def says_nothing_yet(text: str) -> bool:
    """Whether it is empty or a mere greeting, in any of our languages: the matter is still to come.

    In doubt it is not: a figure or a word out of the ordinary counts as something said.
    """
    if len(text) > _LONGEST or re.search(r"\d", text):
        return False
    text = _EMOJI.sub(" ", text)
    words = [word.casefold() for word in _WORD.findall(text)]
    greets = not words or any(word in _GREETINGS for word in words)
    return greets and all(word in _SAID_WITH_IT for word in words)
