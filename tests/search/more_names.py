"""More pairs of names and words, as researchers type them: asked, and as it is written."""

from __future__ import annotations

_FOUND = """
mueller | Müller sagte
Müller | Herr Mueller
bruecke* | Brücken
Tromsoe | Tromsø
πόλεμος | του πολέμου
ονόματα | το όνομα
κυβέρνηση | της κυβερνήσεως
F-16 | two F-16s flew
T72 | T-72s
F-16s | an F-16
T72s | a T-72
רכב | ברכב
בית החולים | בבית החולים
תל אביב | בתל אביב
أم درمان | بأم درمان
تل رفعت | بتل رفعت
تل أبيض | وتل أبيض
مسألة | مسئله
كيلومتر | ثلاثون كيلومترًا
رئیس جمهور | رئیس‌جمهور
آیت الله خامنه ای | آیت‌الله خامنه‌ای
تظاهرات | تظاهرات‌کنندگان
مشفى | مشافي حلب
ганок | Ґанок
Нью-Йорк | в Нью-Йорке
Ивано-Франковск | под Ивано-Франковском
съд | съдът
человек | люди
ребёнок | детей
Младић | Ratko Mladić
Mladić | Младић
Đinđić | Ђинђић
Djindjic | Đinđić
Đoković | Djokovic
台湾 | 臺灣總統
臺灣 | 台湾总统
烏克蘭戰爭 | 乌克兰战争
国军 | 國軍進攻
米沢 | 米澤
廣島 | 広島
ウラジーミルプーチン | ウラジーミル・プーチン
プーチン | ウラジーミル・プーチン
弗拉基米尔普京 | 弗拉基米尔·普京
دمشق | بدمشق
دمشق | وبدمشق
دمشق | ولدمشق
حلب | لحلب
حلب | وحلب
حمص | فحمص
حلب | كحلب
إدلب | بإدلب
إدلب | لإدلب
غزة | بغزة
غزة | لغزة
حماة | بحماة
درعا | ودرعا
دير الزور | بدير الزور
دير الزور | ودير الزور
خان يونس | بخان يونس
بغداد | ببغداد
صنعاء | بصنعاء
داعش | لداعش
حزب الله | لحزب الله
قوات | لقوات
صاروخ | بصواريخ
طائرة | بطائرة
ريف دمشق | بريف دمشق
روسيا | لروسيا
تركيا | كتركيا
وزارة الدفاع | لوزارة الدفاع
بدمشق | دمشق
لبنان | بلبنان
فلسطين | لفلسطين
كركوك | بكركوك
بنغازي | ببنغازي
مصر | بمصر
محمد | لمحمد
الخرطوم | بالخرطوم
deirezzor | Deir ez-Zor
deirezzor | دير الزور
Deir ez-Zor | دير الزور
ديرالزور | Deir Ezzor
Kyiv | Kiev
Kiev | Kyiv
Kyiv | Київ
Kyiv | Киев
Kyiv | كييف
Київ | Киев
Kharkiv | Kharkov
Kharkiv | Харьков
Харьков | Харкові
Mykolaiv | Nikolaev
Mykolaiv | Миколаїв
Bakhmut | Artemivsk
Бахмут | Артёмовск
Aleppo | حلب
Aleppo | Halep
Aleppo | Алеппо
Aleppo | Halab
حلب | Aleppo
Homs | حمص
Homs | Хомс
Damascus | دمشق
Damascus | بدمشق
Damascus | Dimashq
Raqqa | الرقة
Raqqa | Ракка
Idlib | إدلب
Syria | سوريا
Сирия | Syria
Ukraine | Україна
Donetsk | Донецьк
Lviv | Львов
Odesa | Odessa
Dnipro | Днепропетровск
Mariupol | Маріуполь
Hezbollah | حزب الله
Hezbollah | Hizballah
Wagner | Вагнер
ISIS | داعش
داعش | Daesh
Al-Nusra | جبهة النصرة
IRGC | الحرس الثوري
White Helmets | الخوذ البيضاء
Abu Kamal | البوكمال
Chasiv Yar | Часов Яр
Severodonetsk | Сєвєродонецьк
Gaza | غزة
Fallujah | الفلوجة
Mosul | الموصل
Tehran | تهران
Киев | киевский
Харьков | Харьковской области
Херсон | херсонское направление
Бахмут | бахмутском
Москва | московский
Одесса | одесский
Мариуполь | мариупольский
Донецк | донецкий
Сирия | сирийской армии
Израиль | израильских
Россия | российский
Київ | київський
Харків | харківська
Одеса | одеський
Миколаїв | миколаївської
Слов'янськ | Словянськ
Кам’янка | Кам'янка
Лук'янівка | Лукянівка
חיפה | בחיפה
חיפה | מחיפה
עזה | בעזה
עזה | לעזה
לבנון | בלבנון
לבנון | מלבנון
צבא | הצבא
צבא | והצבא
חיזבאללה | לחיזבאללה
ירושלים | בירושלים
רפיח | ברפיח
סוריה | בסוריה
רקטה | רקטות
טיל | טילים
טנק | טנקים
מחבל | מחבלים
הפצצה | הפצצות
שדרות | בשדרות
תהרן | בתהרן
تانک | تانک‌های
تانک | تانکها
نیرو | نیروهای
خانه | خانه‌ی
تهران | در تهران
پهپاد | پهپادها
پهپاد | پهپادهای
موشک | موشک‌ها
Halep | Halep'te
İdlib | İdlib'de
Türkiye | Türkiye'nin
Suriye | Suriye’ye
Ankara | Ankara'dan
Kobani | Kobani'deki
Ukraine | l'Ukraine
Alep | d'Alep
Israël | lorsqu'Israël
Ucraina | dell'Ucraina
Libia | nell'Libia
Luftangriff | Luftangriff
30mm cannon | 30 mm cannon
30mm | 30-mm
BM-21 Grad | BM21 Grad
BM-21 | БМ-21
Kh-101 | Х-101
X-101 | Х-101
X-101 | Kh-101
Х-22 | Kh-22
Su-25 | Су-25
Су-34 | Su34
T-72 | Т-72
T72B3 | Т-72Б3
S-300 | С-300
С-400 | S400
BMP-2 | БМП-2
BTR-80 | БТР-80
Mi-8 | Ми-8
МиГ-29 | MiG-29
АК-47 | AK-47
F-16 | إف-16
F-16 | اف ۱۶
إف 16 | F16
S-300 | إس-300
T-72 | تي 72
Shahed-136 | Shahed136
Shahed136 | Shahed 136
AA1234BB | AA 1234 BB
АА1234ВВ | AA1234BB
АА 1234 ВВ | AA-1234-BB
А123ВС77 | А 123 ВС 77
RPG-7 | РПГ-7
TOS-1A | ТОС-1А
Ка-52 | Ka-52
Ту-95 | Tu-95
C-300 | С-300
GitHub | github
hub | hub
إيران | بإيران
ألمانيا | لألمانيا
بنش | ببنش
Запорожье | запорожский
חאן יונס | בחאן יונס
Grad | Град
HIMARS | ХАЙМАРС
Javelin | Джавелин
Калибр | Kalibr
Bayraktar | بيرقدار
2S19 | 2С19
9M729 | 9М729
MT-LB | МТ-ЛБ
ZU-23-2 | ЗУ-23-2
ДШК | DShK
السويداء | بالسويداء
أوكرانيا | بأوكرانيا
Melitopol | Мелитополь
Kupiansk | Купянск
Sevastopol | Севастополь
Kherson | Херсоні
El Fasher | الفاشر
Sinjar | سنجار
Khan Younis | خان يونس
Gaziantep | Antep'te
Houthis | الحوثيين
Kh-59MK2 | Х-59МК2
BTR-82A | БТР82А
"""

_APART = """
blue | blu
Michael | Michal
جد | جداً
京大 | 東京・大阪
北京 | 南京
日本 | 日木
תל | אתל
كلام | كلاما
Σύρος | σύρμα
كتاب | تاب
فرنسا | رنسا
وادي | ادي
جنة | لجنة
كرة | فكرة
أمل | كامل
مال | كمال
خيل | بخيل
وزير | زير
بنات | نات
لبنان | بنان
قيس | بلقيس
بريطانيا | ريطانيا
مدن | عدن
كمال | البوكمال
فصائل | صائل
بيان | يان
ريم | كريم
سام | وسام
لقاح | قاح
بلدية | لدية
حمص | حماة
دمشق | دمنهور
Kyiv | Kharkiv
Aleppo | Homs
Donetsk | Luhansk
Mariupol | Melitopol
Artemivsk | Artem
Советский | Совет
мины | минский
куры | курский
Москва | москит
гражданский | граждане
Харьков | Херсон
Львів | лев
חיפה | חיפוש
חירות | בחירות
לבנון | בנון
מלחמה | לחמה
שבועות | בועות
רכז | מרכז
שלום | לום
hub | GitHub
linked | LinkedIn
S-300 | S-400
T-72 | Т-64
Су-25 | Su-27
Х-101 | Kh-55
F-16 | إف-15
R-77 | P-77
V-22 | B-22
BMP-2 | БМП-1
AA1234BB | AA1235BB
AA1234BB | АА1234ВЕ
nice | Nizza
Mariupol | hindi
ISIS | IS
Wagner | Wagen
Gaza | Gazelle
Tyre | صورة
Градус | Grad
2S19 | 2С3
تانک | تانکر
خان | خانه‌ی
"""


def pairs(table: str) -> list[tuple[str, str]]:
    """(written, asked)"""
    rows = (line.split(" | ") for line in table.strip().splitlines())
    return [(written, asked) for asked, written in rows]


FOUND, APART = pairs(_FOUND), pairs(_APART)
