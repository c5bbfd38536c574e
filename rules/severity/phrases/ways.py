"""Whether there is another way to get the work done."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

WAYS: Table = {
    Fact.WORKAROUND: split(
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
    Fact.NO_WORKAROUND: split(
        """
        nema _ drugog nacina | nema zaobilaz* | bez alternativ* | nema alternativ* | ni rucno |
        nemamo alternativ* | nemamo drug* | drugog nacina nema | zaobilazn* _ nema |
        ni druge moznosti | drugace ne gre | nimamo druge* | tudi rocno ne | ni obvoza |
        keine alternative* | kein* workaround | kein* umweg | kein* anderer weg |
        keine moglichkeit | no workaround | no other way | no way around | no alternative |
        no way to
        """
    ),
}
