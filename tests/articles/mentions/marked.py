"""Texts marked by hand, invented but for the places: what a reader would mark in them.

`{D|surface|EDTF}` a date, `{P|surface|country}` a place, `{N|surface|name}` a person,
`{G|surface|name}` a group. Published on 2022-03-10, a Thursday. Nothing is from the sample files.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

PUBLISHED = date(2022, 3, 10)
KINDS = {"D": "date", "P": "place", "N": "person", "G": "group"}

TEXTS = {
    "en shelling": (
        "{P|KHARKIV|UA}, {P|Ukraine|UA} – Rockets struck a market in {P|Kharkiv|UA} {D|on "
        "Tuesday|2022-03-08}, killing at "
        "least 7 people, the regional governor said. {D|Two days later|2022-03-10} a second "
        "attack hit {P|Chuhuiv|UA}, 40 "
        "km from the city. In {D|February 2014|2014-02} the same square had been full of "
        "protesters."
    ),
    "en market": (
        "The May family opened its shop in {D|1998|1998} and sells orange juice. Reading the "
        "menu takes a minute; a bottle "
        "costs $12.50 and the score was 3-2. They moved from {P|Lyon|FR} to {P|Marseille|FR} in "
        "the summer."
    ),
    "en hearing": (
        "{N|Captain Rosa Delgado|Rosa Delgado} told the court that the convoy left {P|Tikrit|IQ} "
        "in {D|mid-July 2016|"
        "2016-07-11/2016-07-20}. “We saw 14 trucks,” {N|Delgado|Rosa Delgado} said. The {G|Iraqi "
        "Army|Iraqi Army} "
        "denied it on {D|3 August|2016-08-03}. The T-72 and F-16 shown in clip 2.10 were filmed "
        "{D|between 5 and 9 August|"
        "2016-08-05/2016-08-09}."
    ),
    "en flood": (
        "Floods cut the road from {P|Derna|LY} to {P|Benghazi|LY} in {D|late September "
        "2021|2021-09-21/2021-09-30}. "
        "{N|Dr. Salim Wafi|Salim Wafi}, who heads a clinic there, said help came {D|three weeks "
        "later|2021-10-21}."
    ),
    "en sport": (
        "{G|Washington Post|} writer {N|Paris Hill|Paris Hill} watched Manchester United win 4-1 "
        "{D|last Saturday|2022-03-05}. {N|Jordan Baker|Jordan Baker} "
        "scored in minute 17 of 90; 2000 fans sang. Call 555-2014-2017 for tickets, or 20.5% off."
    ),
    "en raids": (
        "{G|Hezbollah|Hezbollah} and the {G|SDF|Syrian Democratic Forces} said nothing. "
        "Activists in {P|Ras al-Ain|SY} and "
        "{P|Tell Abyad|SY}, near the border with {P|Turkey|TR}, counted nine raids {D|since 12 "
        "October 2019|"
        "2019-10-12/..}. The {G|5th Guards Brigade|5th Guards Brigade} left {D|by 30 "
        "October|../2019-10-30}, according to "
        "residents. Turkish drones flew over {P|Kobane|SY} in the {D|1990s|199X} too."
    ),
    "en river": (
        "{P|KHARTOUM|SD} ({G|Reuters|Reuters}) - The {G|Rapid Support Forces|Rapid Support "
        "Forces} shelled {P|Omdurman|SD} on {D|15 January 2022|"
        "2022-01-15}. {D|One month later|2022-02} thousands fled along the Nile to {P|Port "
        "Sudan|SD}."
    ),
    "ar raid": (
        "شنّت طائرات حربية غارات على مدينة {P|سراقب|SY} في ريف {P|إدلب|SY} يوم {D|5 شباط "
        "2020|2020-02-05}، بحسب {G|الدفاع "
        "المدني السوري|White Helmets}. وقال {N|العميد سهيل الحسن|سهيل الحسن} إن قواته دخلت "
        "{P|معرة النعمان|SY} "
        "{D|في اليوم التالي|2020-02-06}. وكان {G|تنظيم داعش|Islamic State} قد خرج من "
        "{P|الرقة|SY} في {D|أكتوبر 2017|2017-10}."
    ),
    "ar report": (
        "وصلت قافلة مساعدات من {P|بيروت|LB} إلى {P|دمشق|SY} {D|أمس|2022-03-09}. وأكدت {G|وزارة "
        "الدفاع الروسية|Russian "
        "Ministry of Defence} أن القائم بالأعمال لم يصب. وبدأت الحملة {D|منذ عام 2014|2014/..} "
        "وانتهت {D|أواخر عام 2018|"
        "2018-09/2018-12}، وكان الطقس جميلا في الصباح."
    ),
    "ar gaza": (
        "قصف {G|الجيش الإسرائيلي|Israel Defense Forces} منازل في {P|خان يونس|PS} و{P|رفح|PS} "
        "{D|من 10 إلى 14 أيار 2021|"
        "2021-05-10/2021-05-14}، وقال شهود إن القصف استمر. أعلنت {G|حركة حماس|Hamas} عن هدنة "
        "{D|بعد يومين|2021-05-16}."
    ),
    "ru front": (
        "{G|Российские войска|Russian Armed Forces} вошли в {P|Волноваху|UA} {D|11 марта 2022 "
        "года|2022-03-11}. {N|Генерал Сергей Лесников|Сергей "
        "Лесников} заявил, что бои под {P|Харьковом|UA} продолжаются. {D|На следующий "
        "день|2022-03-12} {G|ВСУ|Ukrainian "
        "Armed Forces} оставили село."
    ),
    "ru syria": (
        "По данным СМИ, авиация нанесла удары по {P|Дейр-эз-Зору|SY} и {P|Ракке|SY} {D|с 3 по 7 "
        "сентября 2017 года|"
        "2017-09-03/2017-09-07}. {D|К концу 2017 года|../2017-12} {G|ИГИЛ|Islamic State} потерял "
        "{P|Мосул|IQ}. В клипе видны "
        "Т-72 и 120 солдат. {D|В четверг|2022-03-10} вышло видео."
    ),
    "ru city": (
        "В {P|Москве|RU} в {D|2014 году|2014} открыли музей. {N|Анна Петрова|Анна Петрова} "
        "рассказала, что работала в "
        "{P|Казани|RU}. {D|Вчера|2022-03-09} она уехала. Счёт 3:2, тариф 20,5%, версия 2.10."
    ),
}  # fmt: skip


class Mark(NamedTuple):
    kind: str
    start: int
    end: int
    value: str
    """Empty where the value isn't asked."""


def parse(marked: str) -> tuple[str, list[Mark]]:
    """The text without its marks, and the marks in order."""
    text = ""
    marks: list[Mark] = []
    at = 0
    for found in re.finditer(r"\{([DPNG])\|([^|{}]*)\|([^|{}]*)\}", marked):
        text += marked[at : found.start()]
        marks.append(Mark(KINDS[found[1]], len(text), len(text) + len(found[2]), found[3]))
        text += found[2]
        at = found.end()
    return text + marked[at:], marks
