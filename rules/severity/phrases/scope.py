"""Whom or what a trouble hits, and what goes on."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

SCOPE: Table = {
    Fact.EVERYBODY: split(
        """
        svi | svima | svih | svim | cijel* tvrtk* | cijel* firm* | cel* firm* | cijel* teren* |
        nitko | niko | vsi | vsem | vseh | celo podjetje | cel* teren | nihce | alle | allen |
        ganze* firma | gesamte* | niemand | keiner | all | everyone | everybody |
        entire compan* | whole compan* | whole field | nobody | no one | none of | every rep |
        every device |
        svuda | svugdje | nigde | nigdje | nikome | nikom | svi uredaji | kod svih | cela firma |
        cijela firma | cijeli tim | ceo tim | ceo teren | sve poslovnice | sve filijale |
        svi magacini | nikomur | na vseh | pri vseh | povsod | nikjer | vse naprave | keinem |
        uberall | whole team | whole co | everywhere | every terminal | every phone | any rep |
        any device
        """
    ),
    Fact.BRANCH: split(
        """
        poslovnic* | podruznic* | regij* | filijal* | pola | polovic* | dio | deo | neki |
        nekim | nekoliko | skladiste u | enot* | poslovaln* | skladisc* | nekater* | nekaj |
        del potnik* | filiale* | niederlassung* | standort* | region* | einige* | manche* |
        halfte | lager in | branch* | depot* | some of | some reps | several | half | one team |
        one warehouse | one of _ warehouses | warehouse staff
        """
    ),
    Fact.ONE_USER: split(
        """
        kod mene | samo meni | jedan korisnik | jednom korisniku | jednog korisnika | kolegici |
        kolegi | jedan komercijalist* | jednom komercijalist* | moj mobitel | moj tablet |
        meni se | mom mobitelu | en uporabnik | enem uporabniku | pri meni | sodelav* dela |
        en potnik | en sodelavec | moj telefon | mojem telefonu | bei mir | ein kollege |
        einem kollegen | eine kollegin | einer kollegin | ein benutzer | einem benutzer |
        mein handy | mein tablet | one user | one rep | one of our reps | single user |
        my phone | my tablet | my colleague | just me | only me | one device | one phone |
        one tablet | one person | one colleague
        """
    ),
    Fact.ONE_RECORD: split(
        """
        jedna narudz* | jednu narudz* | jedan racun | jednog kupca | jednom kupcu | jedan kupac |
        jedan artikl* | jednog artikla | jednom artiklu | jedna porudz* | jednu porudz* |
        eno narocilo | enem kupcu | enega kupca | en kupec | en artikel | enega artikla |
        en racun | bei einem kunden | ein kunde | ein artikel | einem artikel | eine bestellung |
        one order | one customer | one invoice | one item | one product | single order |
        single customer | a single |
        jedna faktura | jednu fakturu | jedno narocilo | einer rechnung | eine rechnung
        """
    ),
    Fact.REST_WORKS: split(
        """
        ostalo radi | ostatak _ radi | ostali rade | radi normalno | rade normalno |
        rade uredno | ostal* _ rad* | drugi rade | drugima radi | kolege _ rade | normalno rade |
        sve drugo radi | radi uredno | drugje _ dela* | ostal* _ dela* | drugi delajo |
        dela* normalno | normalno del* | sodelavcem dela | rest _ funktioniert |
        andere* _ funktionier* | lauft normal | laufen normal | sonst _ lauft | normal weiter |
        everything else | others are fine | other* _ work* | works fine | work fine |
        works normally | are fine | is fine | normally
        """
    ),
}
