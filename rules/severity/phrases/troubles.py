"""Something fails, is slow, or brings the business to a stand."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

TROUBLES: Table = {
    Fact.OUTAGE: split(
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
        everybody _ locked out |
        sve mrtvo | mrtvo sve | sve je mrtvo | sve palo | palo sve | srusilo se sve |
        sve se srusilo | sve _ je puklo | sve puklo | app mrtv* | aplikacij* mrtv* |
        server* mrtav | servis mrtav | server je mrtav | servis je mrtav | sistem mrtav |
        sustav mrtav | fiskalizacija mrtva | server* _ ne odgovar* | nema servera |
        ne pali nikom* | ne rad* nikom* | ne ide nikom* | ne idu nikom* | nigde ne rad* |
        nigdje ne rad* | ne rade nigde | ne rade nigdje | ne radi nigde | ne radi nigdje |
        nema nikoga kome radi | nijedna narudz* | ni jedna narudz* | niti jedna narudz* |
        nijednu narudz* | ni jednu narudz* | niti jednu narudz* | nijedna porudz* |
        ni jedna porudz* | nijednu porudz* | ni jednu porudz* | nijedan racun | ni jedan racun |
        niti jedan racun | nijedna faktur* | ni jedna faktur* | faktura ni jedna | baza prazna |
        baza je prazna | nedostup* u potpunosti | u potpunosti nedostup* | niko od _ ne |
        nitko od _ ne | nikome od nas | nikom od nas | vse dol | vse je dol | vse mrtvo |
        sistem mrtev | aplikacija mrtva | aplikacija crna | nic ne sinhron* | nc ne del* |
        nobeno narocil* | nobenega narocil* | narocil* nobenega | noben racun | nobenega racuna |
        niti eno narocil* | niti enega narocil* | niti en racun | nobeni napravi | nihce nic |
        nihce ne pride | ne dela nikomur | ne delajo nikomur | ne dela nobenemu | nikomur ne |
        nedosegljiv* za vse | geht gar nix | geht gar nichts | gar nichts geht | gar nix geht |
        nichts geht mehr | geht nichts mehr | tot bei allen | bei allen tot | system tot |
        app tot | app ist tot | login tot | schnittstelle tot | system ist tot |
        komplett offline | komplett tot | alles tot | alles down | alles lahm |
        kein einziger auftrag | kein einziger _ auftrag | keine einzige bestell* |
        keine einzige rechnung | kein mensch kann | kein mensch kommt | kein mensch sieht |
        kann _ kein mensch | kommt _ niemand | bei keinem mehr | bei niemandem | all down |
        everythings down | everything down | app down | apps down | system down | server down |
        servers down | site down | sync is dead | app is dead | system is dead | server is dead |
        login is dead | everything is dead | dead for us | down for all | down for every* |
        no orders at all | not a single order | not one order | no order from any |
        single rep who isnt | refused on every | no one gets in | nobody gets in |
        nothing comes through |
        login down | sync down | erp down | login je mrtav | prijava mrtva | telefon auch tot |
        alle draussen | alle raus geflogen | whole site down | shop down
        """
    ),
    Fact.BROKEN: split(
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
        does not | do not arrive | impossible | not show* | not be able | no longer |
        pada | puklo | pukla | pukao | mrtav | mrtva | mrtvo | zakucal* | iskace | izbaci |
        kaputt* | tot | spinnt | streikt | dead | down | gone down
        """
    ),
    Fact.STOPPED: split(
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
        stopped _ dispatch* | waiting at | stranded |
        magacin _ stoji | magacin ceka | skladiste ceka | skladiste ne radi | auti stoje |
        vozilo stoji | zaustavili smo prodaju | prodaju smo zaustavili | zaustavili prodaju |
        stali smo | stala je prodaja | prodaja je stala | otprema _ stoji | otprema ceka |
        zatvaramo | odprema caka | odprema stoji | dejavnosti so ustavljene |
        prodajo smo ustavili | skladisce stoji | skladisce caka | odpreme ni | versand steht |
        verkauf steht | lager steht | liegt lahm | liegen lahm | null umsatz | fahrer warten |
        lkw warten | shipping halted | sales halted | warehouse has nothing | nothing to pick |
        shops shut | drivers _ waiting | trucks _ waiting | vans _ waiting | production halted
        """
    ),
    Fact.SLOW: split(
        """
        spor | sporo | spora | spore | presporo | usporen* | ucitava _ minut* | traje _ minut* |
        traje _ sekund* | po minut* | pocas* | traja _ minut* | traja _ sekund* |
        nalaga _ minut* | langsam* | trage | dauert _ minuten | dauert _ sekunden | minutenlang |
        slow* | sluggish | takes forever | takes _ minut* | takes _ second* | laggy | crawl* |
        beskonacno | ucitava se po | neskoncno | endlos | spinning | beach ball
        """
    ),
    Fact.PARTIAL: split(
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
}
