"""How many are affected: people, devices, sites, counted."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

HOW_MANY: Table = {
    Fact.HOW_MANY: split(
        """
        # ljudi | # korisnik* | # komercijalist* | # prodavac* | # prodavat* | # putnik* |
        # vozac* | # vozil* | # kamion* | # uredaj* | # tablet* | # telefon* | # mobitel* |
        # kolega | # radnik* | # djelatnik* | # zaposlen* | # osoba | # osobe | # poslovnic* |
        # filijal* | # skladist* | # magacin* | # kas* | nas # | svih # | svi # | svima # | nama # |
        oba # | # od # | # od ukupno # |
        # oseb | # potnik* | # sodelav* | # uporabnik* | # voznik* | # naprav* | # telefonov |
        # poslovaln* | # enot | # skladisc* | vseh # | vsi # | vsem # | # tablic* |
        # leute* | # mitarbeiter* | # kolleg* | # benutzer* | # fahrer* | # vertreter* | # gerate* |
        # handys | # tablets | # filialen | # standorte* | # kassen | # personen | # aussendienst* |
        alle # | allen # | aller # | unsere # | # von # |
        # people | # users | # reps | # of us | # staff | # drivers | # vans | # trucks |
        # devices | # phones | # colleagues | # employees | # branches | # depots | # stores |
        # shops | # sites | # tills | # terminals | # out of # | # of # | all # | # of our |
        # salespeople | # sales reps
        """
    ),
}
