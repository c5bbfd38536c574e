"""Questions, wishes, thanks."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

ASKING: Table = {
    Fact.QUESTION: split(
        """
        kako | moze li | mozemo li | mogu li | je li moguce | da li | zanima nas | zanima me |
        upit | pitanje | gdje se | gde se | postoji li | koliko | ali lahko | ali je mogoce |
        ali obstaja | kje | zanima | vprasanje | vprasanj* | kaksn* | wie | kann man |
        konnen wir | gibt es | ist es moglich | frage | fragen | wo finde | how do | how to |
        how can | how many | can we | is it possible | is there | where do | where can |
        wondering | question* | could you tell | what does | do you | will the | can i
        """
    ),
    Fact.WISH: split(
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
    Fact.THANKS: split(
        """
        hvala na | hvala vam na | puno hvala | hvala za | hvala lepa | najlepsa hvala | odlic* |
        danke fur | vielen dank fur | herzlichen dank | thanks for | thank you for | great job |
        many thanks for | well done | pohval*
        """
    ),
}
