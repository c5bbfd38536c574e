import pytest

from channels.mail.reply_text import new_text

NEW = "I dalje ne radi.\n\nMolim pomoć."
QUOTE = "> Dobar dan,\n> pogledat ćemo.\n"

ATTRIBUTIONS = [
    "Dana 5. ožujka 2024. u 12:00 Podrška <support@desk.example> napisao/la je:",
    "uto, 5. ožu 2024. u 12:00 Podrška <support@desk.example> napisao je:",
    "Dana 05.03.2024. u 12:00, Podrška je napisao:",
    "Podrška je napisao/la:",
    "V V tor., 5. mar. 2024 ob 12:00 je oseba Podrška <support@desk.example> napisala:",
    "уто, 5. мар 2024. у 12:00 Подршка <support@desk.example> је написао/ла:",
    "Dana uto, 5. mar 2024. u 12:00 Podrška <support@desk.example> je napisao/la:",
    "Am 05.03.2024 um 12:00 schrieb Support <support@desk.example>:",
    "Am 05.03.2024 um 12:00 schrieb Support:",
    "On Tue, Mar 5, 2024 at 12:00 PM Support <support@desk.example> wrote:",
    "On Tue, Mar 5, 2024 at 12:00 PM Support\n<support@desk.example> wrote:",
    "Le mar. 5 mars 2024 à 12:00, Support <support@desk.example> a écrit :",
    "El mar, 5 mar 2024 a las 12:00, Support (<support@desk.example>) escribió:",
    "Il giorno mar 5 mar 2024 alle ore 12:00 Support <support@desk.example> ha scritto:",
    "Op di 5 mrt 2024 om 12:00 schreef Support <support@desk.example>:",
    "wt., 5 mar 2024 o 12:00 Support <support@desk.example> napisał(a):",
    "Den tis 5 mars 2024 kl 12:00 skrev Support <support@desk.example>:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quote_goes_with_the_line_that_says_who_wrote_it(attribution: str) -> None:
    assert new_text(f"{NEW}\n\n{attribution}\n\n{QUOTE}") == NEW


BLOCKS = [
    "From: Support <support@desk.example>\nSent: Tuesday, March 5, 2024\nTo: Ana\nSubject: Help",
    "Von: Support <support@desk.example>\nGesendet: Dienstag, 5. März\nAn: Ana\nBetreff: Hilfe",
    "Od: Podrška <support@desk.example>\nPoslano: 5. ožujka 2024.\nPrima: Ana\nPredmet: Pomoć",
    "Šalje: Podrška <support@desk.example>\nPoslato: 5. mart 2024.\nKome: Ana\nNaslov: Pomoć",
    "Pošiljatelj: Podpora\nPoslano: 5. marec 2024\nZa: Ana\nZadeva: Pomoč",
    "Од: Подршка\nПослато: 5. март 2024.\nЗа: Ана\nНаслов: Помоћ",
    "De : Support\nEnvoyé : mardi 5 mars 2024\nÀ : Ana\nObjet : Aide",
    "-----Original Message-----\nFrom: Support",
    "-----Izvorna poruka-----",
    "-----Ursprüngliche Nachricht-----",
]


@pytest.mark.parametrize("block", BLOCKS)
def test_history_below_a_block_of_headers_goes(block: str) -> None:
    assert new_text(f"{NEW}\n\n{block}\n\nDobar dan,\npogledat ćemo.\n") == NEW


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAna Horvat\nCustomer d.o.o.",
        "Lijep pozdrav,\nAna",
        "LP\nAna",
        "Srdačan pozdrav\n\nAna Horvat\nVoditeljica",
        "Mit freundlichen Grüßen\nAna",
        "Best regards,\nAna",
        "Sent from my iPhone",
        "Poslano s mog iPhone uređaja",
        "Von meinem iPhone gesendet",
        "Get Outlook for iOS<https://aka.ms/x>",
    ],
)
def test_a_signature_goes(signature: str) -> None:
    assert new_text(f"{NEW}\n\n{signature}\n") == NEW


@pytest.mark.parametrize(
    "text",
    [
        NEW,
        "Kolega je 5.3.2024. u 10:12 napisao:\nsve je crveno\n\nŠto sad?",
        "U 10:12 je napisao:\nsve je crveno",
        "Hvala!\nJoš nešto: možete li pogledati i drugi poslužitelj?",
        "Thanks,\nbut is it fixed?",
        "Popis:\n-- prvo\n-- drugo\n\nTo je sve.",
        "Molim:\n- restart\n- provjera",
        "From: means the sender, I know.",
        "Vidi dolje.\n\n---------- Forwarded message ----------\nFrom: x@y.z\nSubject: a\n\nPad!",
        "| a | b |\n---------------\n| 1 | 2 |",
    ],
)
def test_what_a_customer_wrote_stays(text: str) -> None:
    assert new_text(text) == text


def test_answers_between_quoted_lines_stay() -> None:
    text = "On 5.3.2024 Support <s@d.example> wrote:\n> Where?\n\nHere.\n\n> When?\n\nNow.\n"
    assert new_text(text).split() == ["Here.", "Now."]


def test_a_letter_of_history_alone_says_nothing_new() -> None:
    assert new_text(QUOTE) == ""
