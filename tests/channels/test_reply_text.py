import pytest

from channels.mail.reply_text import new_text, passes_on

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
    "Em ter., 5 de mar. de 2024 às 12:00, Support <support@desk.example> escreveu:",
    "út 5. 3. 2024 v 12:00 odesílatel Support <support@desk.example> napsal:",
    "Dňa 5. 3. 2024 o 12:00 Support <support@desk.example> napísal:",
    "Support <support@desk.example> ezt írta (időpont: 2024. márc. 5., K, 12:00):",
    "În mar., 5 mar. 2024 la 12:00, Support <support@desk.example> a scris:",
    "5 Mar 2024 Sal, 12:00 tarihinde Support <support@desk.example> şunu yazdı:",
    "вт, 5 мар. 2024 г. в 12:00, Support <support@desk.example>:",
    "2024年3月5日(火) 12:00 Support <support@desk.example>:",
    "2024/03/05 12:00、Support <support@desk.example>のメール:",
    "在 2024年3月5日，下午12:00，Support <support@desk.example> 写道：",
    "2024년 3월 5일 (화) 오후 12:00, Support <support@desk.example>님이 작성:",
    "On 5-Mar-2024, at 12:00 PM, Support <support@desk.example> sent:",
    "------On 5/3/2024 12:00 PM, Support wrote------",
    "---- Support wrote ----",
    "Sent from Samsung Mobile Support <support@desk.example> wrote:",
    "Op 05-03-2024 12:00 schreef Support <support@desk.example>:",
    "On Tue, Mar 5, 2024 at 12:00 PM Very Long Name Of A Support Desk In Town <\n"
    "support@desk.example> wrote:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_quote_goes_with_the_line_that_says_who_wrote_it(attribution: str) -> None:
    assert new_text(f"{NEW}\n\n{attribution}\n\n{QUOTE}") == NEW


@pytest.mark.parametrize("attribution", [a for a in ATTRIBUTIONS if "@" in a])
def test_history_without_marks_goes_with_it_as_well(attribution: str) -> None:
    assert new_text(f"{NEW}\n\n{attribution}\n\nDobar dan,\npogledat ćemo.\n") == NEW


def test_words_before_an_attribution_on_its_line_stay() -> None:
    said = "Ne radi. On Wed, Apr 4, 2012 at 3:59 PM, bob@example.com wrote:\n> Hi\n"
    assert new_text(said) == "Ne radi."


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
    "*From:* Support <support@desk.example>\n*Sent:* Tuesday\n*To:* Ana\n*Subject:* Help",
    "From: Support <support@desk.example> Date: Tue, 5 Mar 2024 12:00:00 +0100",
    "Date: Tue, 5 Mar 2024 12:00:00 +0100\nTo: ana@customer.example",
    "________________________________\nDe : Support <s@desk.example>\nEnvoyé : mardi\nÀ : Ana",
    "____\nОт: Support <support@desk.example>\nОтправлено: 5 марта\nКому: Ана\nТема: Помощь",
    "发件人: Support <support@desk.example>\n发送时间: 2024年3月5日\n收件人: Ana\n主题: Help",
    "差出人: Support\n送信日時: 2024年3月5日\n宛先: Ana\n件名: Help",
    "Odesílatel: Support\nDatum: 5. března\nKomu: Ana\nPředmět: Pomoc",
    "====\n\nMessage du : 05/03/2024 12:00\nDe : Support\nA : Ana\nSujet : Aide",
    "----- Izvorno sporočilo -----",
    "-------- Оригинална порука --------",
    "----- Mensagem original -----",
    "##- Please type your reply above this line -##",
    "--- Odgovorite iznad ove crte ---",
    "-- Antworten Sie bitte oberhalb dieser Zeile --",
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
        "Sent wirelessly from my BlackBerry.",
        "Preuzmi Outlook za Android",
        "Poslano z mojega iPhona",
        "Послато са мог iPhone-а",
        "Obtenez Outlook pour Android",
        "iPhoneから送信",
        "发自我的 iPhone",
        "--Ana",
        "-ana",
        "- Ana Horvat",
        "---\nAna Horvat\n+385 1 234",
        "====\nAna Horvat",
        "Hvala i lijep pozdrav,\nAna",
        "Hvala lijepa, lp\nAna",
        "Lep pozdrav,\nAna Novak\nvodja IT",
        "Срдачан поздрав,\nАна",
        "S poštovanjem,\n\nAna Horvat\n\n-- \nCustomer d.o.o.",
        "Viele Grüße\nAna\n\nGesendet mit der GMX Mail App",
        "Danke und viele Grüße\nAna",
        "Bien cordialement,\nAna",
        "LP\nAna\n\nOva poruka i njezini privici mogu biti povjerljivi.",
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
        "Visit us\n>>> >>>  http://www.domain.example <<<\nnow.",
        "Usluga:\n- jedan\n- dva",
        "Dana 5.3.2024. kolega je rekao:\nsve je crveno",
        "Write the amount above the dotted line.\nThen it fails.",
        "Datum: 5.3.2024\nPredmet: isporuka\nKasni.",
        "On Tuesday at 10:12 it broke:\nall red",
        "Auf 10.0.0.1 steht: geht nicht\nUnd jetzt?",
        "Hvala na brzom odgovoru!\nAli i dalje ne radi.",
        "Best of all:\nit works.\nWhy?",
        "Mail admin@x.example od 5.3.2024. piše:\nnema prostora\nŠto sad?",
    ],
)
def test_what_a_customer_wrote_stays(text: str) -> None:
    assert new_text(text) == text


def test_answers_between_quoted_lines_stay() -> None:
    text = "On 5.3.2024 Support <s@d.example> wrote:\n> Where?\n\nHere.\n\n> When?\n\nNow.\n"
    assert new_text(text).split() == ["Here.", "Now."]


def test_a_letter_of_history_alone_says_nothing_new() -> None:
    assert new_text(QUOTE) == ""


@pytest.mark.parametrize("subject", ["FW: Help", "Fwd: Help", "WG: Hilfe", "Proslijeđeno: Pomoć"])
@pytest.mark.parametrize("block", BLOCKS[:10])
def test_what_a_letter_passes_on_is_the_message(subject: str, block: str) -> None:
    text = f"Molim riješite.\n\n{block}\n\nSve stoji.\n\nLP\nIva"
    assert passes_on(subject)
    assert new_text(text, forwards=True) == text
    assert new_text(text) == "Molim riješite."


@pytest.mark.parametrize("subject", ["Re: Fwd: Help", "Forward", "Interno: x", "AW: WG: x"])
def test_an_answer_to_what_was_passed_on_passes_nothing_on(subject: str) -> None:
    assert not passes_on(subject)
