"""Languages as files, streams and pages write them, as BCP 47."""

from __future__ import annotations

import re

_TWO = frozenset(
    "aa ab af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de "
    "dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz "
    "ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li "
    "ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os "
    "pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te "
    "tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_THREE = dict(
    pair.split(":")
    for pair in (
        "afr:af alb:sq sqi:sq amh:am ara:ar arm:hy hye:hy aze:az baq:eu eus:eu bel:be ben:bn "
        "bos:bs bul:bg bur:my mya:my cat:ca chi:zh zho:zh cze:cs ces:cs dan:da dut:nl nld:nl "
        "eng:en est:et fas:fa per:fa fin:fi fre:fr fra:fr geo:ka kat:ka ger:de deu:de gre:el "
        "ell:el guj:gu hau:ha heb:he hin:hi hrv:hr hun:hu ice:is isl:is ind:id ita:it jpn:ja "
        "kan:kn kaz:kk khm:km kir:ky kor:ko kur:ku lao:lo lav:lv lit:lt mac:mk mkd:mk mal:ml "
        "mar:mr may:ms msa:ms mlt:mt mon:mn nep:ne nob:nb nno:nn nor:no pan:pa pol:pl por:pt "
        "pus:ps rum:ro ron:ro rus:ru sin:si slo:sk slk:sk slv:sl som:so spa:es srp:sr swa:sw "
        "swe:sv tam:ta tat:tt tel:te tgk:tg tgl:tl tha:th tib:bo bod:bo tir:ti tuk:tk tur:tr "
        "uig:ug ukr:uk urd:ur uzb:uz vie:vi wel:cy cym:cy xho:xh yor:yo zul:zu iw:he in:id ji:yi"
    ).split()
)
_OWN_THREE = frozenset("ckb kmr apc arz acm ary fil yue prs crh chr haw".split())
_NAMES = {
    "chs": "zh-Hans", "cht": "zh-Hant",
    "arabic": "ar", "العربية": "ar", "عربي": "ar", "english": "en", "russian": "ru",
    "русский": "ru", "ukrainian": "uk", "українська": "uk", "french": "fr", "français": "fr",
    "german": "de", "deutsch": "de", "spanish": "es", "español": "es", "turkish": "tr",
    "türkçe": "tr", "persian": "fa", "farsi": "fa", "فارسی": "fa", "hebrew": "he", "עברית": "he",
    "kurdish": "ku", "chinese": "zh", "中文": "zh", "japanese": "ja", "日本語": "ja",
    "korean": "ko", "한국어": "ko", "italian": "it", "italiano": "it", "portuguese": "pt",
    "português": "pt", "polish": "pl", "polski": "pl", "dutch": "nl", "urdu": "ur", "pashto": "ps",
    "hindi": "hi", "burmese": "my", "swedish": "sv", "greek": "el",
}  # fmt: skip
_SCRIPT, _REGION = re.compile(r"[A-Za-z]{4}"), re.compile(r"[A-Za-z]{2}|[0-9]{3}")
_NO_SCRIPTS = frozenset({"orig", "auto"})


def bcp47(word: str) -> str | None:
    """`ar`, `ara`, `Arabic`, `en-US`, `zh_hans` in canonical form; None when it is none.

    yt-dlp's `en-orig` is English, and its `ar-en` is Arabic translated from English.
    """
    if name := _NAMES.get(word.lower()):
        return name
    first, *rest = re.split("[-_]", word)
    base = first.lower()
    base = _THREE.get(base, base)
    if base not in _TWO and base not in _OWN_THREE:
        return None
    parts = [base]
    if rest and _SCRIPT.fullmatch(rest[0]):
        script = rest.pop(0)
        if script.lower() not in _NO_SCRIPTS:
            parts.append(script.capitalize())
    # A region is written in capitals; small letters are the language that was translated from.
    if rest and _REGION.fullmatch(rest[0]) and (rest[0] == rest[0].upper() or "_" in word):
        parts.append(rest[0].upper())
    return "-".join(parts)
