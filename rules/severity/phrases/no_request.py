"""What asks us for nothing: advertising, newsletters, absence notes, who is no customer."""

from rules.severity.facts import Fact
from rules.severity.phrases.split import Table, split

NO_REQUEST: Table = {
    Fact.ADVERT: split(
        """
        posebna ponuda | posebna ponudba | special offer* | sonderangebot* |
        rabattaktion | seo | kostenlos* | besplatn* | brezplac* | limited offer* |
        limited time | backlinks | dobitn* | nagradn* igr* | gewinn* | kliknite | klicken sie |
        click here | click below | kupite odmah | kupite sada | only today | samo danas |
        nur heute | outsourcing | rang* na google* | crypto | kripto* | bitcoin | darlehen |
        kredit ohne | kredit bez | na prvu stranicu google* | prvo mjesto na google* |
        auf seite 1 bei google |
        your mailbox | postanski sanducic | vas sanducic | sanducic | verify your account |
        potvrdite vas racun | bestatigen sie ihre daten | ihr konto wurde | google ranking |
        seo agencij* | casino* | posojil* | krediti bez | krediti do | inherit* | nasljedstv* |
        nasledstv* | cestitamo | cestitke izbrani | ste osvojili | osvojili ste | izvuceni ste |
        carine | pristojb* | expresno posojilo | wapp | your website | vasu web stranicu |
        vas poslovni oglas | zaradite | zaradujte | zasluzite | earn money | business proposal |
        letzte mahnung | inkasso* | domena bo ugasnjena | google eintrag | leads
        """
    ),
    Fact.NEWSLETTER: split(
        """
        unsubscribe | newsletter* | webinar* | odjav* s | odjavi* se s | odjavi* se sa |
        odjav* od | odjav* sa | odjava od novic | e novic* | novic* | manage preferences |
        email preferences | view in browser | view this email | abmelden newsletter |
        newsletter abmelden | abbestellen | im browser anzeigen | im browser ansehen |
        prikaz* u pregledniku | pogledajte u pregledniku | bilten* | mjesecni pregled |
        mesecni pregled | monthly digest | registrirajte se | jetzt anmelden |
        manage notification* | notification settings | ne zelite vise primati |
        ne zelite primati | ne zelite da primate | ne zelis vise | ne zelite vec prejemati |
        pretplatnic* | narocnik* novic | privacy policy | weekly summary | weekly digest |
        security digest | release notes | besuchen sie uns | vidimo se na sajmu |
        sedmicni pregled | tjedni pregled | nedeljni pregled | wochenruckblick |
        unsere neuigkeiten
        """
    ),
    Fact.ABSENCE: split(
        """
        odsoten | odsotna | odsoten sem | odsotna sem | out of office | out of the office |
        automatski odgovor | automatski odg | automatic reply | auto reply | autoreply |
        abwesend | abwesenheit | abwesenheitsnotiz | nisam u uredu | nisam u kancelariji |
        van ureda | van kancelarije | na godisnjem sam | na godisnjem odmoru sam |
        na odmoru sam | sam na godisnjem | sam na odmoru | sam na bolovanju | sam na dopustu |
        sem na dopustu | na dopustu sem | samodejni odgovor | automatische antwort |
        im urlaub | bin im urlaub | bin nicht im haus | nicht im buro | on vacation |
        on annual leave | on holiday until | on parental leave | maternity leave |
        i am away | im away | odgovorit cu po povratku | odgovoricu po povratku |
        po povratku | nach meiner ruckkehr | when i return | upon my return | ob vrnitvi |
        limited access to email* | ogranicen pristup posti | ogranicen pristup mail* |
        nisem v pisarni | nisem dosegljiv* | vracam se | vracam se u | vratit cu se | vraticu se |
        automatska poruka | automatsko obavijest* | automatic message | automated reply |
        automated message | automatisch erstellt* | samodejno obvestilo | samodejno sporocilo |
        vise ne radim u | no longer work at | arbeite nicht mehr bei | read receipt |
        your message was read | undeliverable | could not be delivered | unzustellbar |
        konnte nicht zugestellt | delivery has failed | zaprimili smo vas upit |
        we received your message | wir haben ihre nachricht erhalten |
        prejeli smo vase sporocilo | out until | trenutno vozim
        """
    ),
    Fact.PROSPECT: split(
        """
        not a customer | not yet a customer | not customers yet | not yet customers |
        not your customer | arent customers | prospective customer | looking for a solution |
        looking for a system | looking for software | looking at your product | evaluating |
        free demo | book a demo | request a demo | a product demo | a demo of | short demo |
        live demo | arrange a demo | schedule a demo | give us a demo | interested in your |
        came across your | recommended you to us |
        nismo korisnici | nismo vas* korisni* | nismo jos korisni* | jos nismo korisni* |
        nismo vas kupac | jos nismo vas* | zelimo demo | htjeli demo | hteli demo |
        dogovoriti demo | zakazati demo | demo prezent* | demonstracij* | prezentacij* |
        zainteresirani smo | zainteresovani smo | trazimo rjesenje | trazimo resenje |
        trazimo program | trazimo sustav | trazimo softver | preporucili su nam vas |
        nismo se stranka | se nismo stranka | nismo vasa stranka | se nismo vasa |
        iscemo resitev | iscemo program | iscemo sistem | predstavitev | demo predstav* |
        zanima nas vas* | noch kein kunde | noch keine kunden | noch nicht kunde |
        sind keine kunden | eine demo | demotermin | demo termin | vorfuhrung |
        interessieren uns fur ihr* | interesse an ihr* | suchen eine losung |
        suchen ein system | suchen eine software | auf der suche nach |
        molimo ponudu | molim ponudu | molimo vas za ponudu | trazimo ponudu | zatrazili ponudu |
        zanima nas cijena | zanima nas cena | okvirn* cijen* | okvirn* cen* | ponudu za uvodenje |
        pricing for | preisanfrage | anfrage preise | was wurde _ kosten | was kostet |
        testzugang | povprasevanje | shortlist | not signed up | razmatramo zamjenu |
        razmatramo zamenu | wir schauen uns | vergleichen gerade | before we sign |
        vor der unterschrift | zamolba | bewerbung | job application | reseller* | referral fee*
        """
    ),
}
