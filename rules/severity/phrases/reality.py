"""What is over, supposed, denied, or not in production."""

from rules.severity.facts import Fact, Guard
from rules.severity.phrases.split import Table, split

REALITY: Table = {
    Fact.RESOLVED: split(
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
    Fact.TEST_SYSTEM: split(
        """
        test okolin* | testn* | test okruzenj* | na testu | testira* na | staging |
        test* umgebung | testsystem* | testumgebung* | test system | test environment |
        test instance | sandbox | uat | demo okolin* | demo instanc* | demo environment |
        test server | test app | testmandant* | testinstanz* | test build | beta razlic* |
        test serv* | stejdzing* | testni strezn* | testno _ okolj* | testnem okolj*
        """
    ),
    Fact.PRODUCTION_FINE: split(
        """
        produkcij* _ radi | produkcij* _ rade | produkcij* _ ok | produkcij* _ u redu |
        produkcij* _ uredn* | produkcij* _ normaln* | produkcij* _ tacn* | produkcij* nismo |
        produkcij* _ dela | produkcij* _ delajo | produkcij* _ v redu | produkcij* _ brezhibn* |
        produkcij* _ nije dira* | produkcij* nije pogod* | produkcij* ni prizadet* |
        produktion* _ lauft | produktion* _ ok | produktion* _ in ordnung |
        produktion* _ nicht betroffen | produktiv _ nichts | produktiv* _ lauft |
        produktiv* _ normal | echtbetrieb _ lauft | echtsystem _ lauft | live _ lauft |
        live _ top | live _ ok | live _ fine | live _ unaffected | production _ fine |
        production _ ok | production _ works | production _ runs | production _ running |
        production _ untouched | production _ unaffected | production _ not affected |
        prod _ ok | prod _ fine | prod _ works | prod _ unaffected
        """
    ),
    Fact.NO_TROUBLE: split(
        """
        nema problem* | bez problema | nema gresk* | nije hitno | nicega hitnog |
        nije nista hitno | ni problem* | brez tezav | nimamo tezav | ni nujno | ni napak* |
        ne mudi | kein problem | keine probleme | ohne probleme | nicht dringend | keine fehler |
        keine eile | no problem* | without problem* | no issue* | no error* | not urgent |
        no rush | no hurry | nothing urgent | nothing is broken | no complaints
        """
    ),
    Guard.HYPOTHETICAL: split(
        """
        ako | kad bi | sto ako | sta ako | u slucaju | ukoliko | da je | kada bi | ce | kaj ce |
        v primeru | ko bi | falls | wenn | was passiert | im falle | sollte | if | what if |
        in case | should the | would | might | in the event
        """
    ),
    Guard.NEGATED: split(
        """
        nije da | nema | nemamo | nismo imali | bez | ni | nimamo | brez | kein | keine |
        keinen | keinerlei | ohne | no | not | never | without | nije | nisu | nicht | isnt |
        wasnt | arent | niso | nisam | nisem
        """
    ),
}
