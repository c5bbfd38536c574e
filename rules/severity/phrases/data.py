"""Data lost or damaged, or seen by those whose they are not."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

DATA: Table = {
    Fact.DATA_LOST: split(
        """
        izgublj* | nesta* su | nestal* | izbrisan* | obrisan* | pobrisan* | prepisan* |
        ostecen* | gubitak podat* | vratit* podat* | povrat podat* | backup* |
        sigurnosn* kopij* | pomijesan* | izginil* | izgubil* | pobrisal* | povozen* | prepisal* |
        poskodovan* | varnostn* kopij* | gelosch* | verschwunden | verloren | uberschrieben |
        beschadigt | datenverlust | sicherung | wiped | gone | disappeared | vanished | deleted |
        overwritten | corrupt* | data loss | lost data | lost all | restor* | scrambled |
        roll back |
        pomesan* | povozil* | vratite stanje | nestaju | prazna baza | negativne kolicin* |
        kolicine negativne | nestalo | obrisal* | izbrisal* | vrnemo na stanje | vrnit na |
        vrniti na | izbrisalo | narocila izginjajo | rucksicherung* | zuruckspiel* |
        wiederherstell* | futsch | komplett weg | sind weg | alles weg | vanish* | erased |
        wiped out | zeroed
        """
    ),
    Fact.LEAK: split(
        """
        vid* _ tud* | tud* podat* | tud* narudz* | tud* kup* | podat* drug* tvrtk* |
        druge tvrtke | druge firme | curenje podat* | procuri* | vid* _ tuj* | tuj* podat* |
        tuj* narocil* | tuj* strank* | drugega podjetja | fremde* daten | fremde* kund* |
        fremde* firm* | daten _ anderer | andere* unternehmen | andere* firma | other compan* |
        another compan* | someone elses | somebody elses | other customers data |
        another customers | data leak* | not ours | nisu nasi | nisu nase | niso nasi |
        niso nase | nicht unsere |
        vid* _ drug* kup* | vid* _ drug* firm* | vid* _ drug* tvrt* | vid* _ drugih |
        vide jedni drug* | vid* sve kupce | nekom drugom kupcu | nekoj drugoj firmi |
        neke druge firme | drugoj tvrtki | drugoj firmi | tud* racun* | tud* faktur* |
        tud* cijen* | tud* cen* | tud* rabat* | tud* dugov* | pripada* nekom drug* |
        pripada* drug* | nisu nasa | nasi kupci vide | cita mi | vid* _ drug* strank* |
        vid* _ drug* podjet* | nekoga drugega | pri drugem podjetju | vidi nas | tuj* racun* |
        tuj* cen* | tuj* kosaric* | niso nasa | drug* strank* vidi* | anderer handler |
        anderer kunden | anderer firmen | anderer mandant* | anderer unternehmen |
        eines anderen kunden | eines anderen handlers | eines anderen mandanten |
        fremde* rechnung* | fremde* bestell* | fremde* preis* | fremde* auftrag* |
        fremde* beleg* | preise von kunde | fremder hand | each others | another buyers |
        another clients | another tenant* | other tenant* | another retailer* | third retailer |
        other retailers | of every other | arent ours | are not ours | isnt ours |
        whose customers | whos customers | of all dealers | archive of all | belong to another |
        belongs to another | of the next customer | statement of the next |
        every one of our other customers | is exporting every
        """
    ),
}
