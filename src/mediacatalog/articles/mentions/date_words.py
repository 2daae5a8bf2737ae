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
    "january jan يناير جانفي كانون_الثاني كانون_ثاني январь января январе янв січня січні",
    "february feb فبراير فيفري شباط февраль февраля феврале фев февр лютого лютому",
    "march mar مارس اذار март марта марте березня березні",
    "april apr ابريل افريل نيسان апрель апреля апреле апр квітня квітні",
    "may مايو ماي ايار май мая мае травня травні",
    "june jun يونيو يونيه جوان حزيران июнь июня июне червня червні",
    "july jul يوليو يوليه يوليوز جويليه تموز июль июля июле липня липні",
    "august aug اغسطس اوت غشت اب август августа августе авг серпня серпні",
    "september sept sep سبتمبر شتنبر ايلول сентябрь сентября сентябре сен сент вересня вересні",
    "october oct اكتوبر تشرين_الاول تشرين_اول октябрь октября октябре окт жовтня жовтні",
    "november nov نوفمبر نونبر تشرين_الثاني تشرين_ثاني "
    "ноябрь ноября ноябре ноя нояб листопада листопаді",
    "december dec ديسمبر دجنبر كانون_الاول كانون_اول декабрь декабря декабре дек грудня грудні",
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

HIJRI = _numbered(
    "محرم المحرم muharram мухаррам мухаррама",
    "صفر safar",
    "ربيع_الاول rabi_al-awwal",
    "ربيع_الثاني ربيع_الاخر rabi_al-thani",
    "جمادي_الاولي جمادي_الاول jumada_al-awwal jumada_al-ula",
    "جمادي_الاخره جمادي_الثانيه jumada_al-thani",
    "رجب rajab раджаб раджаба",
    "شعبان shaban sha'ban шаабан шаабана",
    "رمضان ramadan рамадан рамадана",
    "شوال shawwal шавваль шавваля",
    "ذو_القعده ذي_القعده dhu_al-qadah",
    "ذو_الحجه ذي_الحجه dhu_al-hijjah",
)
"""The months of the Islamic calendar; they name a date only with its year."""

_ARABIC_UNITS = "الحادي الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع".split()
ORDINALS = _numbered(
    "first الاول первого",
    "second الثاني второго",
    "third الثالث третьего",
    "fourth الرابع четвертого",
    "fifth الخامس пятого",
    "sixth السادس шестого",
    "seventh السابع седьмого",
    "eighth الثامن восьмого",
    "ninth التاسع девятого",
    "tenth العاشر десятого",
    "eleventh одиннадцатого",
    "twelfth двенадцатого",
    "thirteenth тринадцатого",
    "fourteenth четырнадцатого",
    "fifteenth пятнадцатого",
    "sixteenth шестнадцатого",
    "seventeenth семнадцатого",
    "eighteenth восемнадцатого",
    "nineteenth девятнадцатого",
    "twentieth العشرين двадцатого",
    "twenty-first двадцать_первого",
    "twenty-second двадцать_второго",
    "twenty-third двадцать_третьего",
    "twenty-fourth двадцать_четвертого",
    "twenty-fifth двадцать_пятого",
    "twenty-sixth двадцать_шестого",
    "twenty-seventh двадцать_седьмого",
    "twenty-eighth двадцать_восьмого",
    "twenty-ninth двадцать_девятого",
    "thirtieth الثلاثين тридцатого",
    "thirty-first тридцать_первого",
)
ORDINALS |= {f"{word} عشر": 10 + number for number, word in enumerate(_ARABIC_UNITS, start=1)}
ORDINALS |= {f"{word} والعشرين": 20 + number for number, word in enumerate(_ARABIC_UNITS, start=1)}
ORDINALS["الحادي والثلاثين"] = 31
"""Days of a month in words, as "the fourth of July", "الرابع من نيسان", "пятого мая"."""

COUNTED = frozenset(
    "people persons troops soldiers fighters civilians men women children houses homes families "
    "metres meters miles km kilometres kilometers feet euros dollars pounds rubles roubles times "
    "votes shares points tonnes tons litres vehicles tanks shells rockets rounds missiles drones "
    "others cases deaths prisoners refugees students workers jobs villages hectares acres pages "
    "человек солдат бойцов метров километров рублей долларов домов единиц "
    "شخص شخصا مقاتل جندي متر كيلومتر دولار ليره منزل مدني طفل عنصر قتيل جريح".split()
)
"""After a number they make it a count: `in 2000 houses` names no year."""
