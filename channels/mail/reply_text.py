"""The new text of a letter: without quoted history and signature.

A scan over lines, after tables of what mail programs write around quotes. What was forwarded is
kept: there it is the message. In doubt a line stays.
"""

import re

_MOST_LINES = 20_000
_LONGEST_LINE = 500
"""Characters; a longer one is a paragraph."""
_LONGEST_SIGNATURE = 60
"""Lines, blank ones too."""

_VERBS = (  # "wrote", as mail programs put it after a name and before the quote
    "wrote|writes|napisa\\w*|napiše|piše|написа\\w*|пише|пишет|schrieb|geschrieben|écrit|escribió|"
    "scritto|schreef|geschreven|pisze|skrev|escreveu|kirjoitti|写道|sent this message"
)
_LEADS = (  # "On", and the days of the week where that comes first
    "on|dana|dne|datum|am|le|el|il giorno|il|op|dnia|w dniu|den|em|pe|på|дана|у|u|v|"
    "mon|tue|wed|thu|fri|sat|sun|pon|uto|sri|čet|pet|sub|ned|tor|sre|"
    "пон|уто|сре|чет|пет|суб|нед|mo|di|mi|do|fr|sa|so|ven|lun|mar|mer|jeu|sam|dim"
)
_SAYS = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)[^:：]{{0,120}}[:：]?[\s\-_*]*$", re.IGNORECASE)
_LEAD = re.compile(rf"^[\s>*_\-]*+(?:{_LEADS})(?!\w)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}|\d{1,2}[:.]\d\d|\d{1,2}[./-]\d{1,2}[./-]")
_OPENS = re.compile(rf"{_LEAD.pattern}|^\W*\d{{1,4}}[-/.:]\d{{1,2}}", re.IGNORECASE)
_DATED_ADDRESS = re.compile(
    r"^\W*\d{1,4}[-/.:]\d{1,2}\b.{0,120}(?:<\s?[^<>\s]*@[^<>]*>|\([^()\s]*@[^()]*\))\s*:?\s*$"
)

_FROM = (
    "from|von|od|od kogo|pošiljatelj|pošiljalac|šalje|de|da|van|från|fra|expéditeur|од|шаље|"
    "lähettäjä|от"
)
_OTHER = (
    "sent|date|to|cc|subject|reply-to|importance|attachments|gesendet|datum|an|betreff|kopie|"
    "poslano|poslato|za|prima|kome|predmet|naslov|tema|zadeva|kopija|послато|датум|за|коме|наслов|"
    "предмет|тема|дата|кому|копия|отправлено|"
    "envoyé|à|a|objet|message du|copie à|enviado( el)?|para|asunto|"
    "assunto|fecha|data|inviato|oggetto|verzonden|aan|onderwerp|wysłano|do|temat|dw|skickat|till|"
    "ämne|sendt|til|emne|dato|sent on|received|resent-to"
)
_FROM_FIELD = re.compile(rf"^[\s*>]*+(?:{_FROM})\s?\*?\s*[:：]\*?\s*\S", re.IGNORECASE)
_FIELD = re.compile(rf"^[\s*>]*+(?:{_FROM}|{_OTHER})\s?\*?\s*[:：]", re.IGNORECASE)

_SEPARATOR = re.compile(
    r"^[\s*>]*+[-_=]{2,}+\s*(?:original(?:na|e|nachricht|bericht)?[ -]?"
    r"(?:message|appointment|poruka|mail|email)?|ursprüngliche nachricht|"
    r"izvorna poruka|originalna poruka|"
    r"izvirno sporočilo|оригинална порука|message d'origine|mensaje original|mensagem original|"
    r"messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|oryginalna wiadomość|"
    r"ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|"
    r"reply message|antwort|reply above this line|vorherige antworten|previous repl\w+)"
    r"\s*[-_=]*\s*$",
    re.IGNORECASE,
)
_ABOVE_LINE = re.compile(
    r"(?:reply|respond|type|write|antwort\w*|odgovor\w*|répond\w*|responda?).{0,40}"
    r"(?:above|oberhalb|iznad|au-dessus|por encima).{0,40}(?:line|zeile|crte|linij\w|ligne|línea)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^[\s*>]*+(?:-{2,}|_{2,})?\s*(?:begin )?(?:forwarded message|forwarded by|"
    r"weitergeleitete nachricht|"
    r"proslijeđena poruka|prosleđena poruka|posredovano sporočilo|прослеђена порука|"
    r"message transféré|"
    r"mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|wiadomość przekazana|"
    r"videresendt|vidarebefordrat)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(?:-{2,3}|—|––|- -|_{3,})\s*$")
_DASHED_NAME = re.compile(r"^[-–—][A-ZČĆŠŽĐ]\w*(?: \w+){0,2}\s*$")
_MOBILE = re.compile(
    r"^\W{0,3}(?:sent (?:from|via|with|using|wirelessly)\b|get outlook for|get my email|"
    r"von meinem .{1,30}gesendet|gesendet (?:von|mit)|poslano (?:s|iz|preko|putem)\b|"
    r"poslato (?:sa|iz|preko)\b|послато са|пос?лано с|envoyé (?:de|depuis|sans|à partir)|"
    r"enviado (?:desde|do)\b|inviato da|verzonden (?:vanaf|met|via)|wysłan[eo] z|skickat från|"
    r"skickad från|sendt fra|enviado a partir|送信元|отправлено (?:с|из))"
    r"[^,.!?<]{0,70}(?:<[^<>]*>)?\.?\s*$",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^\W*(?:(?:best|kind|warm|many)?\s*(?:regards|wishes)|cheers|thanks(?: again)?|thank you|"
    r"sincerely(?: yours)?|yours (?:sincerely|truly)|best|br|rgds|thx|"
    r"(?:s |lijep |lep |srdačan |prijateljski )?(?:pozdrav(?:om)?|poštovanjem)|lp|"
    r"(?:lijepi |srdačni )?pozdravi|hvala(?: lijepa| vam)?(?: i (?:lijep )?pozdrav)?|"
    r"(?:срдачан |леп )?поздрав|с поштовањем|"
    r"(?:mit )?(?:freundliche[nr]?|beste[nr]?|viele|liebe|schöne) gr[üu](?:ß|ss)en?|mfg|vg|lg|"
    r"cordialement|bien à vous|saludos|un saludo|cordiali saluti|distinti saluti|"
    r"met vriendelijke groet(?:en)?|pozdrawiam|z powa[żz]aniem|med vänlig hälsning|mvh|"
    r"venlig hilsen|atenciosamente|abraços)[\s,.!]*$",
    re.IGNORECASE,
)


def new_text(text: str) -> str:
    """What the sender wrote this time; empty if all of it is history."""
    lines = text.split("\n")[:_MOST_LINES]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if len(line) > _LONGEST_LINE and not _is_quoted(line):
            kept.append(line)
            at += 1
            continue
        if _FORWARDED.match(line):
            kept += lines[at:]
            break
        if _is_quoted(line) or _is_torn_quote(lines, at):
            at += 1
        elif said := _attribution(lines, at):
            at += said
            if not _quote_follows(lines, at) and _says_something(kept):
                break
        elif _SEPARATOR.match(line) or _ABOVE_LINE.search(line[:200]):
            break
        elif fields := _field_block(lines, at):
            if _says_something(kept):
                break
            at += fields
        else:
            kept.append(line)
            at += 1
    return "\n".join(_without_signature(kept)).strip()


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "&gt;"))


def _is_torn_quote(lines: list[str], at: int) -> bool:
    """The tail of an address that a mail program broke out of its quote."""
    if not 0 < at < len(lines) - 1 or not lines[at].strip() or " " in lines[at].strip():
        return False
    return _is_quoted(lines[at - 1]) and _is_quoted(lines[at + 1])


def _says_something(kept: list[str]) -> bool:
    return any(line.strip() for line in kept)


def _quote_follows(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at : at + 4] if line.strip())
    return _is_quoted(next(following, ""))


def _attribution(lines: list[str], at: int) -> int:
    """How many lines say who wrote what is quoted below; 0 if none does."""
    if not lines[at].strip() or len(lines[at]) > 300:
        return 0
    said = ""
    for count, line in enumerate(lines[at : at + 4], start=1):
        if (not line.strip() or _is_quoted(line)) and count > 1:
            break
        said = f"{said} {line.strip()}".strip()
        if len(said) > 400:
            break
        if _is_attribution(said, certain=_quote_follows(lines, at + count)):
            later = any(_OPENS.match(line) for line in lines[at + 1 : at + count])
            return 0 if later and not _OPENS.match(lines[at]) else count
    return 0


def _is_attribution(said: str, *, certain: bool) -> bool:
    if _DATED_ADDRESS.match(said):
        return True
    dated, addressed = bool(_DATE.search(said)), "@" in said
    ends = said.rstrip("-_* ").endswith(":")
    if not certain and not (addressed and (dated or ends)):
        return False  # without a quote below it may be the sender's own sentence
    return (dated or addressed or ends) and bool(_SAYS.search(said))


def _field_block(lines: list[str], at: int) -> int:
    """How many lines repeat the headers of an earlier message; 0 if these are none."""
    if not _FIELD.match(lines[at]):
        return 0
    fields, senders, end = 0, 0, at
    for position in range(at, min(at + 12, len(lines))):
        line = lines[position]
        if _FIELD.match(line):
            fields += 1
            senders += bool(_FROM_FIELD.match(line))
            end = position + 1
        elif not line.strip() and position > end:
            break
    return (
        end - at if (senders and fields >= 3) or (senders and fields == 2 and end - at == 2) else 0
    )


def _without_signature(lines: list[str]) -> list[str]:
    for _ in range(3):  # a greeting may stand above the dashes
        start = _signature_start(lines)
        if start is None:
            break
        lines = lines[:start]
    return lines


def _signature_start(lines: list[str]) -> int | None:
    for at in range(max(0, len(lines) - _LONGEST_SIGNATURE), len(lines)):
        line = lines[at][:_LONGEST_LINE]
        rest = [following for following in lines[at + 1 :] if following.strip()]
        if _MOBILE.match(line):
            return at
        if at and (
            (_SIGNATURE.match(line) and len(rest) <= 12)
            or (_DASHED_NAME.match(line) and not rest)
            or (_SIGN_OFF.match(line) and _is_name_card(rest) and _says_something(lines[:at]))
        ):
            return at
    return None


def _is_name_card(rest: list[str]) -> bool:
    """A few short lines, and no question among them."""
    return 0 < len(rest) <= 6 and all(len(line) <= 60 and "?" not in line for line in rest)
