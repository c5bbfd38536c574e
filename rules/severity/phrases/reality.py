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
        test server | test app
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
