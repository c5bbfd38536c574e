"""What the product is for."""

from rules.severity.phrases.split import split

FUNCTIONS = split(
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
