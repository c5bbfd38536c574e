"""How customers say it: Croatian, Bosnian, Serbian; Slovene; German; English.

Phrases are split by `|` and spelled as `rules.severity.words.fold` leaves words: lower case,
without diacritics, apostrophes and Cyrillic. Stems and gaps: see `rules.severity.matching`.
Urgency, capitals and severities that a customer claims are not here: they decide nothing.
"""

from collections.abc import Iterable

from rules.severity.facts import Fact, Guard


def _split(phrases: str) -> Iterable[str]:
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))


PHRASES: dict[Fact | Guard, Iterable[str]] = {
    Fact.OUTAGE: _split(
        """
        nedostupn* _ svima | svima nedostup* | unavailable | nedosegljiv* | nista _ ne rad* |
        ne radi _ nista | sve stoji | sve nam stoji | sve je stalo | sve je palo |
        sve nam je stalo | sustav je pao | sistem je pao | sustav _ ne radi | sistem _ ne radi |
        server ne radi | server je pao | aplikacija je pala | nitko _ ne moze | niko _ ne moze |
        nitko ne uspijeva | niko ne uspeva | nitko nista | niko nista | nikome _ ne rad* |
        nikom _ ne rad* | nijedan _ ne moze | nijednom _ ne | svima _ ne rad* | svi _ ne mogu |
        nedostupan _ sustav | sustav _ nedostup* | sistem _ nedostup* | servis _ nedostup* |
        nikome se ne | potpuni prekid | nista ne mozemo | nista ne ide | nista se ne |
        nic _ ne del* | ne dela _ nic | ne deluje _ nic | nihce _ ne more | nihce _ ne dela |
        nikomur _ ne del* | sistem _ ne del* | sistem je padel | vse stoji | vse je padlo |
        vse nam stoji | noben* _ ne more | noben* _ ne del* | sistem _ nedosegljiv* |
        aplikacija _ nedosegljiv* | streznik ne | popoln izpad | nic ne gre | nic ne moremo |
        nichts _ geht | nichts funktioniert | geht _ nichts | geht nix | nix geht |
        funktioniert _ nichts | niemand _ kann | niemand kommt | keiner _ kann | keiner kommt |
        system _ steht | system ist ausgefallen | komplett _ ausgefallen | totalausfall |
        system ist down | nicht erreichbar | nicht mehr erreichbar | alles steht |
        nothing _ works | nothing is working | nothing _ load* | nothing opens |
        not a thing works | is down | are down | went down | been down | completely down |
        everything is down | nobody _ can | nobody _ get* | no one _ can | none of _ can |
        none of _ work* | no user* can | not one _ can | complete outage | total outage |
        system unavailable | service unavailable | all _ locked out | everyone _ locked out |
        everybody _ locked out
        """
    ),
    Fact.BROKEN: _split(
        """
        ne rad* | ne mozemo | ne mogu | ne moze | nije moguc* | ne otvar* | ne ucitav* |
        ne salj* | ne prolaz* | ne prima* | ne sprema* | ne dolaz* | ne stiz* | ne vid* |
        ne prikaz* | ne ide | ne idu | ne izlaz* | ne ispis* | puca | pucaju | rusi | ruse |
        srusi* | zapel* | zapinj* | stoji | stoje | stalo | blokir* | zamrz* | smrz* | gresk* |
        izbacuje | odbija* | prazn* | prazan | palo | pala | pao | nije prosl* | nisu prosl* |
        prestal* | ukoci* | pokvar* | neispravn* | pogresn* | krive | krivu | kriva | krivi |
        fali | fale | nedosta* | ne mogo* | ne del* | ne mor* | ni mogoce | ne odpr* |
        ne naloz* | ne shran* | ne posilj* | ne posl* | ne gre | ne gredo | ne prid* | napak* |
        sesuj* | sesuv* | zatakn* | obtic* | obstal* | padl* | nehal* | zavrn* | zavrac* |
        napacn* | manjka* | se ne | geht nicht | gehen nicht | funktionier* _ nicht |
        klappt nicht | kann _ nicht | startet nicht | konnen _ nicht | koennen _ nicht |
        lasst sich _ nicht | lassen sich _ nicht | ladt nicht | offnet _ nicht | kommt nicht |
        kommen nicht | kommen _ nicht | erscheint nicht | fehler* | absturz* | abgesturzt |
        sturzt | hangt | hangen | bleibt _ stehen | bleibt _ hangen | gesperrt | leer | leere |
        fehlt | fehlen | falsch* | nicht moglich | unmoglich | defekt | kaputt | wird nicht |
        werden nicht | wird _ nicht | abgelehnt | verweigert | ausgefallen | not work* | doesnt |
        dont work | isnt work* | stopped work* | wont | cant | cannot | can not | unable to |
        fail* | error* | crash* | stuck | frozen | freez* | hangs | hanging | broken | blank |
        empty | missing | never arriv* | not arriv* | not coming | reject* | refus* | times out |
        timeout* | timed out | wrong | incorrect* | greyed out | locked out | not load* |
        does not | do not arrive | impossible | not show* | not be able | no longer
        """
    ),
    Fact.DATA_LOST: _split(
        """
        izgublj* | nesta* su | nestal* | izbrisan* | obrisan* | pobrisan* | prepisan* |
        ostecen* | gubitak podat* | vratit* podat* | povrat podat* | backup* |
        sigurnosn* kopij* | pomijesan* | izginil* | izgubil* | pobrisal* | povozen* | prepisal* |
        poskodovan* | varnostn* kopij* | gelosch* | verschwunden | verloren | uberschrieben |
        beschadigt | datenverlust | sicherung | wiped | gone | disappeared | vanished | deleted |
        overwritten | corrupt* | data loss | lost data | lost all | restor* | scrambled |
        roll back
        """
    ),
    Fact.LEAK: _split(
        """
        vid* _ tud* | tud* podat* | tud* narudz* | tud* kup* | podat* drug* tvrtk* |
        druge tvrtke | druge firme | curenje podat* | procuri* | vid* _ tuj* | tuj* podat* |
        tuj* narocil* | tuj* strank* | drugega podjetja | fremde* daten | fremde* kund* |
        fremde* firm* | daten _ anderer | andere* unternehmen | andere* firma | other compan* |
        another compan* | someone elses | somebody elses | other customers data |
        another customers | data leak* | not ours | nisu nasi | nisu nase | niso nasi |
        niso nase | nicht unsere
        """
    ),
    Fact.STOPPED: _split(
        """
        kamioni stoje | vozila stoje | stojimo | prodaja _ stoji | skladiste _ stoji |
        posao stoji | rad stoji | ne mozemo rad* | ne mozemo prodav* | ne mozemo isporu* |
        ne mozemo otprem* | ne mozemo izda* | ne mozemo fakt* | vozaci cekaju | vozila cekaju |
        kamioni cekaju | obustav* | prekinuli | kuci | stojijo | delo stoji | prodaja stoji |
        ne moremo del* | ne moremo prod* | ne moremo izda* | ne moremo dobav* | ustavil* |
        vozniki cakajo | betrieb steht | steht still | stehen still | nicht arbeiten |
        nicht ausliefern | stillstand | nicht verkaufen | nach hause | stehen | gestoppt |
        eingestellt | business is stopped | standstill | stand* still | cannot work | cant work |
        cant sell | cant ship | cant deliver | cant invoice | sent home | lose* sales |
        losing sales | have stopped | had to stop | idle | nothing ships | stopped all |
        stopped _ dispatch* | waiting at | stranded
        """
    ),
    Fact.SLOW: _split(
        """
        spor | sporo | spora | spore | presporo | usporen* | ucitava _ minut* | traje _ minut* |
        traje _ sekund* | po minut* | pocas* | traja _ minut* | traja _ sekund* |
        nalaga _ minut* | langsam* | trage | dauert _ minuten | dauert _ sekunden | minutenlang |
        slow* | sluggish | takes forever | takes _ minut* | takes _ second* | laggy | crawl*
        """
    ),
    Fact.PARTIAL: _split(
        """
        font* | boja | boje | ikon* | logo | tipfeler* | prijevod* | prevod* | redoslijed* |
        redosled* | poredak | stupac | stupci | stupac* | kolon* | izgled* | izvoz* | izvjesta* |
        izvesta* | slik* | obavijest* | barv* | vrstni red | stolp* | izpis* | poroc* |
        obvestil* | zaokro* | farbe* | spalte* | schreibfehler | darstellung | ubersetz* |
        bericht* | bild* | sortier* | typo* | column* | colour* | color* | label* | translat* |
        layout* | sort* | report* | photo* | picture* | notification* | export* | icon* |
        filter* | rounding | rundung*
        """
    ),
    Fact.EVERYBODY: _split(
        """
        svi | svima | svih | svim | cijel* tvrtk* | cijel* firm* | cel* firm* | cijel* teren* |
        nitko | niko | vsi | vsem | vseh | celo podjetje | cel* teren | nihce | alle | allen |
        ganze* firma | gesamte* | niemand | keiner | all | everyone | everybody |
        entire compan* | whole compan* | whole field | nobody | no one | none of | every rep |
        every device
        """
    ),
    Fact.BRANCH: _split(
        """
        poslovnic* | podruznic* | regij* | filijal* | pola | polovic* | dio | deo | neki |
        nekim | nekoliko | skladiste u | enot* | poslovaln* | skladisc* | nekater* | nekaj |
        del potnik* | filiale* | niederlassung* | standort* | region* | einige* | manche* |
        halfte | lager in | branch* | depot* | some of | some reps | several | half | one team |
        one warehouse | one of _ warehouses | warehouse staff
        """
    ),
    Fact.ONE_USER: _split(
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
    Fact.ONE_RECORD: _split(
        """
        jedna narudz* | jednu narudz* | jedan racun | jednog kupca | jednom kupcu | jedan kupac |
        jedan artikl* | jednog artikla | jednom artiklu | jedna porudz* | jednu porudz* |
        eno narocilo | enem kupcu | enega kupca | en kupec | en artikel | enega artikla |
        en racun | bei einem kunden | ein kunde | ein artikel | einem artikel | eine bestellung |
        one order | one customer | one invoice | one item | one product | single order |
        single customer | a single
        """
    ),
    Fact.REST_WORKS: _split(
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
    Fact.WORKAROUND: _split(
        """
        rucno | rucn* | prepisuj* | prekucav* | zaobi* | snalazi* | snaci | umjesto toga |
        za sada | zasad | u meduvremenu | privremen* | papiru | mailom | telefonom | pomaze |
        ponovno pokren* | rocn* | prepisuje* | obvoz | zaenkrat | za silo | medtem |
        po telefonu | na papir | pomaga | von hand | manuell* | handisch* | workaround | umweg |
        vorerst | vorlaufig | per telefon | behelf* | hilft | by hand | manual* | for now |
        instead | in the meantime | retyp* | re enter | by phone | on paper | get by | managing |
        helps | we can still | works if
        """
    ),
    Fact.NO_WORKAROUND: _split(
        """
        nema _ drugog nacina | nema zaobilaz* | bez alternativ* | nema alternativ* | ni rucno |
        nemamo alternativ* | nemamo drug* | drugog nacina nema | zaobilazn* _ nema |
        ni druge moznosti | drugace ne gre | nimamo druge* | tudi rocno ne | ni obvoza |
        keine alternative* | kein* workaround | kein* umweg | kein* anderer weg |
        keine moglichkeit | no workaround | no other way | no way around | no alternative |
        no way to
        """
    ),
    Fact.QUESTION: _split(
        """
        kako | moze li | mozemo li | mogu li | je li moguce | da li | zanima nas | zanima me |
        upit | pitanje | gdje se | gde se | postoji li | koliko | ali lahko | ali je mogoce |
        ali obstaja | kje | zanima | vprasanje | vprasanj* | kaksn* | wie | kann man |
        konnen wir | gibt es | ist es moglich | frage | fragen | wo finde | how do | how to |
        how can | how many | can we | is it possible | is there | where do | where can |
        wondering | question* | could you tell | what does | do you | will the | can i
        """
    ),
    Fact.WISH: _split(
        """
        bilo bi | voljel* bi* | zeljel* bi* | zelel* bi* | prijedlog* | predlog* | predlaze* |
        zelimo | planiramo | ponud* | licenc* | kosta | cijena licenc* | obnov* ugovor* |
        ugovor | ugovoru | ugovora | instalac* | instalir* | uput* | obuk* | edukacij* | zelja |
        bilo bi dobro | zelel* | predlag* | bi bilo | nadgradnj* | ponudb* | stane | pogodba |
        pogodbe | pogodbo | navodil* | namestit* | usposablj* | wunsch* | ware schon | waere |
        wurden _ gern* | angebot* | lizenz* | vertrag* | anleitung* | schulung* | einricht* |
        preis fur | kosten fur | feature | would like | would be nice | would love | suggest* |
        please add | nice to have | quote | pricing | licen* | renew* | contract | install* |
        manual for | training | set up
        """
    ),
    Fact.THANKS: _split(
        """
        hvala na | hvala vam na | puno hvala | hvala za | hvala lepa | najlepsa hvala | odlic* |
        danke fur | vielen dank fur | herzlichen dank | thanks for | thank you for | great job |
        many thanks for | well done | pohval*
        """
    ),
    Fact.ADVERT: _split(
        """
        unsubscribe | newsletter* | webinar* | popust* | posebna ponuda | odjav* s |
        special offer* | discount* | sonderangebot* | rabatt | posebna ponudba | odsoten |
        odsotna | odsotn* | out of office | out of the office | automatski odgovor |
        automatic reply | auto reply | abwesen* | godisnjem odmoru | na odmoru | na dopustu |
        samodejni odgovor | na bolovanju | automatische antwort | nisam u uredu | im urlaub |
        on vacation | annual leave | seo | abmelden newsletter | kostenlos* | besplatn* |
        brezplac*
        """
    ),
    Fact.RESOLVED: _split(
        """
        opet _ radi | ponovno _ radi | ponovo _ radi | sad* radi | sad* _ radi | radi opet |
        rijeseno | rijesen problem | reseno je | resen je | rijesili | resili | proradil* |
        proradio | radi ponov* | vise nema problem* | nije vise aktualno | zanemarite |
        vse dela | spet _ dela* | spet deluje | dela spet | zdaj dela* | urejeno | reseno |
        odpravljen* | popravljen* | geht wieder | gehen wieder | funktionier* wieder |
        lauft wieder | wieder _ lauft | laufen wieder | behoben | erledigt | gelost |
        wieder normal | works again | work* again | is back | are back | back to normal |
        resolved | fixed | solved | working again | up again | back up | sorted | all good |
        please ignore | no longer happens
        """
    ),
    Fact.TEST_SYSTEM: _split(
        """
        test okolin* | testn* | test okruzenj* | na testu | testira* na | staging |
        test* umgebung | testsystem* | testumgebung* | test system | test environment |
        test instance | sandbox | uat | demo okolin* | demo instanc* | demo environment |
        test server | test app
        """
    ),
    Fact.NO_TROUBLE: _split(
        """
        nema problem* | bez problema | nema gresk* | nije hitno | nicega hitnog |
        nije nista hitno | ni problem* | brez tezav | nimamo tezav | ni nujno | ni napak* |
        ne mudi | kein problem | keine probleme | ohne probleme | nicht dringend | keine fehler |
        keine eile | no problem* | without problem* | no issue* | no error* | not urgent |
        no rush | no hurry | nothing urgent | nothing is broken | no complaints
        """
    ),
    Guard.HYPOTHETICAL: _split(
        """
        ako | kad bi | sto ako | sta ako | u slucaju | ukoliko | da je | kada bi | ce | kaj ce |
        v primeru | ko bi | falls | wenn | was passiert | im falle | sollte | if | what if |
        in case | should the | would | might | in the event
        """
    ),
    Guard.NEGATED: _split(
        """
        nije da | nema | nemamo | nismo imali | bez | ni | nimamo | brez | kein | keine |
        keinen | keinerlei | ohne | no | not | never | without | nije | nisu | nicht | isnt |
        wasnt | arent | niso | nisam | nisem
        """
    ),
}

FUNCTIONS: Iterable[str] = _split(
    """
    narudz* | narudb* | porudz* | narucivanj* | narucit* | sinkroniz* | sinhroniz* | prijava |
    prijavu | prijave | prijaviti | ulogira* | logov* | racun | racuni | racune | racuna |
    racunov | faktur* | fiskal* | aplikacij* | zalih* | webshop* | web shop* | erp | otprem* |
    dostavnic* | cjenik* | cenovnik* | prodaj* | narocil* | narocanj* | prijav* v | prijavit* |
    davcn* | zalog* | cenik* | odprem* | dobavnic* | bestell* | auftrag* | synchronis* |
    anmeld* | einlogg* | rechnung* | lieferschein* | lagerbest* | preislist* | app | apps |
    order | orders | ordering | sync* | log in | logging in | login* | sign in | invoic* |
    stock | b2b shop | delivery note* | price list* | payment* | checkout
    """
)
"""The product's main functions: a failure that names one is a function lost."""
