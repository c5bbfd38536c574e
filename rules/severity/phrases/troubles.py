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
        everybody _ locked out
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
        does not | do not arrive | impossible | not show* | not be able | no longer
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
        stopped _ dispatch* | waiting at | stranded
        """
    ),
    Fact.SLOW: split(
        """
        spor | sporo | spora | spore | presporo | usporen* | ucitava _ minut* | traje _ minut* |
        traje _ sekund* | po minut* | pocas* | traja _ minut* | traja _ sekund* |
        nalaga _ minut* | langsam* | trage | dauert _ minuten | dauert _ sekunden | minutenlang |
        slow* | sluggish | takes forever | takes _ minut* | takes _ second* | laggy | crawl*
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
