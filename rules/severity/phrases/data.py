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
        roll back
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
        niso nase | nicht unsere
        """
    ),
}
