"""The words of dates in English, Arabic and Russian, as `dates.plain` spells them."""

from __future__ import annotations


def _numbered(*rows: str, first: int = 1) -> dict[str, int]:
    """Words by the number of their row; `_` stands for a space within a word."""
    return {
        word.replace("_", " "): number
        for number, row in enumerate(rows, start=first)
        for word in row.split()
    }


MONTHS = _numbered(
    "january jan يناير جانفي كانون_الثاني январь января январе січня січні",
    "february feb فبراير فيفري شباط февраль февраля феврале лютого лютому",
    "march mar مارس اذار март марта марте березня березні",
    "april apr ابريل افريل نيسان апрель апреля апреле квітня квітні",
    "may مايو ماي ايار май мая мае травня травні",
    "june jun يونيو يونيه جوان حزيران июнь июня июне червня червні",
    "july jul يوليو يوليه يوليوز جويليه تموز июль июля июле липня липні",
    "august aug اغسطس اوت غشت اب август августа августе серпня серпні",
    "september sept sep سبتمبر شتنبر ايلول сентябрь сентября сентябре вересня вересні",
    "october oct اكتوبر تشرين_الاول октябрь октября октябре жовтня жовтні",
    "november nov نوفمبر نونبر تشرين_الثاني ноябрь ноября ноябре листопада листопаді",
    "december dec ديسمبر دجنبر كانون_الاول декабрь декабря декабре грудня грудні",
)
"""Arabic: Egypt and the Gulf, Tunisia and Algeria, Morocco, the Levant."""

BARE_MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре "
    "يناير فبراير ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر "
    "شباط اذار نيسان ايار حزيران تموز ايلول".split()
) | {"كانون الثاني", "كانون الاول", "تشرين الاول", "تشرين الثاني"}
"""Months that may stand without a number, after a word that announces a time."""

WEEKDAYS = _numbered(
    "monday الاثنين الإثنين понедельник",
    "tuesday الثلاثاء вторник",
    "wednesday الاربعاء среду",
    "thursday الخميس четверг",
    "friday الجمعه пятницу",
    "saturday السبت субботу",
    "sunday الاحد воскресенье",
    first=0,
)

SEASONS = _numbered(
    "spring ربيع весной весна весны весну",
    "summer صيف летом лето лета",
    "autumn fall خريف осенью осень осени",
    "winter شتاء зимой зима зимы зиму",
    first=21,
)

PARTS = {
    "early": "early in|early|the beginning of|beginning of|the start of|start of|"
    "اوائل|مطلع|بدايه|начале|начала|начало",
    "mid": "mid|the middle of|middle of|منتصف|اواسط|середине|середины|середину",
    "late": "late in|late|the end of|end of|اواخر|نهايه|конце|конца|концу|конец",
}

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "один": 1, "одну": 1, "два": 2, "две": 2, "три": 3,
    "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10,
    "ثلاثه": 3, "اربعه": 4, "خمسه": 5, "سته": 6, "سبعه": 7, "ثلاث": 3, "اربع": 4,
    "خمس": 5, "ست": 6, "سبع": 7, "عشره": 10, "عشر": 10, "ثمانيه": 8, "تسعه": 9,
}  # fmt: skip

UNITS = {
    "day": "days|day|يوما|يوم|ايام|дней|дня|день",
    "week": "weeks|week|اسبوعا|اسبوع|اسابيع|недель|недели|неделю",
    "month": "months|month|شهرا|شهر|اشهر|شهور|месяцев|месяца|месяц",
    "year": "years|year|عاما|عام|اعوام|سنوات|سنه|лет|года|год",
}

BY = "by|until|till|before|no later than|not later than|prior to|к|до|بحلول|حتي|قبل"
SINCE = "since|after|as of|starting|beginning|منذ|بعد|اعتبارا من|ابتداء من|после|начиная с|с"
ABOUT = "around|about|circa|c.|approximately|حوالي|نحو|около|примерно"
FROM = "from|between|с|от|من|بين|между"
TO = "to|through|until|till|and|по|до|и|الي|حتي|و"

HIJRI = (
    "محرم|صفر|ربيع الاول|ربيع الثاني|ربيع الاخر|جمادي الاولي|جمادي الاول|جمادي الاخره|"
    "جمادي الثانيه|رجب|شعبان|رمضان|شوال|ذو القعده|ذي القعده|ذو الحجه|ذي الحجه"
)

COUNTED = frozenset(
    "people persons troops soldiers fighters civilians men women children houses homes families "
    "metres meters miles km kilometres kilometers feet euros dollars pounds rubles roubles times "
    "votes shares points tonnes tons litres vehicles tanks shells rockets rounds missiles drones "
    "others cases deaths prisoners refugees students workers jobs villages hectares acres pages "
    "человек солдат бойцов метров километров рублей долларов домов единиц "
    "شخص شخصا مقاتل جندي متر كيلومتر دولار ليره منزل مدني طفل عنصر قتيل جريح".split()
)
"""After a number they make it a count: `in 2000 houses` names no year."""
