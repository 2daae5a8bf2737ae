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
Sumy | Суми
Sumy | Сумы
Izium | Изюм
Izyum | Ізюм
Kramatorsk | Краматорськ
Pokrovsk | Покровськ
Авдеевка | Авдіївка
Avdiivka | Авдеевка
Lyman | Лиман
Soledar | Соледар
Vuhledar | Угледар
Угледар | Вугледар
Enerhodar | Энергодар
Kursk | Курск
Belgorod | Белгород
Belgorod | белгородской области
Rostov | Ростов
Zaporizhzhia | Запоріжжя
Zaporizhia | Запорожье
Luhansk | Луганск
Lugansk | Луганськ
Crimea | Крым
Crimea | Криму
Simferopol | Симферополь
Kerch | Керчь
Azov | Азов
Gerasimov | Герасимов
Putin | Путин
Putin | بوتين
Zelensky | Зеленский
Zelenskyy | Зеленський
Bashar al-Assad | بشار الأسد
Erdogan | Erdoğan
Netanyahu | נתניהו
Khamenei | خامنه‌ای
Prigozhin | Пригожин
mobilisation | mobilization
defence ministry | defense ministry
armoured vehicle | armored vehicle
БПЛА | БпЛА
ЗСУ | зсу
drone's | drone
Su-34 | СУ-34
Lancet | Ланцет
Iskander | Искандер
Iskander-M | Искандер-М
Kinzhal | Кинжал
Orlan-10 | Орлан-10
Geran-2 | Герань-2
Shahed | Шахед
Shahed-131 | Шахед-131
M777 | М777
M-113 | M113
Leopard 2A6 | Leopard-2A6
Т-90М | T-90M
T-90M | T90M
T-64BV | Т-64БВ
Пион | Pion
MLRS | mlrs
152 mm | 152-мм
152мм | 152 мм
82-mm mortar | 82mm mortar
Latakia | اللاذقية
Lattakia | Latakia
Tartus | طرطوس
Jisr al-Shughur | جسر الشغور
Jisr al-Shughour | Jisr ash-Shugur
Maarat al-Numan | معرة النعمان
Maarrat al-Nu'man | Maarat al-Numan
Saraqib | سراقب
Khan Sheikhoun | خان شيخون
Khan Shaykhun | Khan Sheikhoun
Ghouta | الغوطة
Eastern Ghouta | الغوطة الشرقية
Douma | دوما
Palmyra | تدمر
Tadmur | تدمر
Manbij | منبج
Afrin | عفرين
Kobane | كوباني
Kobani | عين العرب
Qamishli | القامشلي
Hasakah | الحسكة
al-Hasakah | Hasaka
Suwayda | السويداء
Sweida | As-Suwayda
Quneitra | القنيطرة
HTS | هيئة تحرير الشام
Hayat Tahrir al-Sham | هيئة تحرير الشام
SDF | قسد
YPG | وحدات حماية الشعب
FSA | الجيش الحر
Baghdad | بغداد
Basra | البصرة
Kirkuk | كركوك
Erbil | أربيل
Erbil | هەولێر
Tikrit | تكريت
Ramadi | الرمادي
Hawija | الحويجة
Tal Afar | تلعفر
Tal Afar | تل عفر
PMF | الحشد الشعبي
Peshmerga | البيشمركة
پیشمرگه | پێشمەرگە
Isfahan | اصفهان
Esfahan | Isfahan
Shiraz | شیراز
Tabriz | تبریز
Kermanshah | کرمانشاه
Basij | بسیج
سپاه | سپاه‌پاسداران
مهسا امینی | مهسا امینی‌
Natanz | نطنز
Fordow | فردو
Khartoum | الخرطوم
Omdurman | أم درمان
Darfur | دارفور
El Geneina | الجنينة
Nyala | نيالا
Port Sudan | بورتسودان
Wad Madani | ود مدني
RSF | قوات الدعم السريع
Janjaweed | الجنجويد
Rafah | رفح
Khan Yunis | Khan Younis
Jabalia | جباليا
Jabalia | Jabaliya
Deir al-Balah | دير البلح
Nuseirat | النصيرات
Beit Hanoun | بيت حانون
Beit Lahia | بيت لاهيا
Jenin | جنين
Nablus | نابلس
Hebron | الخليل
Tulkarm | طولكرم
Sderot | שדרות
Tel Aviv | תל אביב
Jerusalem | ירושלים
Haifa | חיפה
Gaza | עזה
Hamas | חמאס
Hamas | حماس
Hezbollah | חיזבאללה
צה״ל | צה"ל
IDF | צה"ל
קסאם | הקסאם
Qassam | القسام
Diyarbakir | Diyarbakır
Şırnak | Sirnak
Cizre | Cizre'de
Gaziantep | Gaziantep’te
Hatay | Hatay'da
İstanbul | ISTANBUL
Istanbul | İstanbul'da
TSK | TSK'nın
PKK | PKK'lı
TB2 | TB-2
Taiwan | 台湾
Taipei | 台北
Beijing | 北京
Xinjiang | 新疆
Hong Kong | 香港
Hong Kong | Hongkong
乌鲁木齐 | 烏魯木齊
解放军 | 解放軍
台湾海峡 | 臺灣海峽
天安门 | 天安門
维吾尔 | 維吾爾
歼-20 | 歼20
歼20 | 殲-20
習近平 | 习近平
ミサイル | ﾐｻｲﾙ
ゼレンスキー | ゼレンスキー大統領
防衛省 | 防卫省
自衛隊 | 自衛 隊
평양 | 평양에서
미사일 | 미사일을
서울시내 | 서울 시내
Myanmar | မြန်မာ
Yangon | ရန်ကုန်
Naypyidaw | Nay Pyi Taw
Mandalay | မန္တလေး
Rakhine | ရခိုင်
Rohingya | ရိုဟင်ဂျာ
တပ်မတော် | တပ်မတော်က
ရန်ကုန် | ရန်ကုန်မြို့
Lashio | လားရှိုး
Phnom Penh | ភ្នំពេញ
กรุงเทพ | กรุงเทพฯ
Đà Nẵng | Da Nang
Hà Nội | Hanoi
うくらいな | ウクライナの戦争
ぷーちん | プーチン大統領
대한민국정부 | 대한민국 정부는
普京 | Путин
泽连斯基 | Zelensky
基辅 | Київ
غزة | עזה
חיפה | Haifa
ရန်ကုန် | Yangon
harbor | the harbour
organised | organized crime
ABD | ABD'nin
YPG | YPG'ye
120 мм | 120mm
Be'er Sheva | באר שבע
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
Лиман | Лимон
Azov | Azor
Kerch | Kirche
Ростов | Росток
Крым | Крыша
Курск | курсы
Покровск | покров
Пион | пионер
Град | градус
ВСУ | ВСЕ
ДНР | ЛНР
танкист | танкер
боец | бой
Лиман | лимит
M777 | M77
Т-90М | Т-80М
Leopard 2A6 | Leopard 2A4
152 mm | 155 mm
Su-34 | Su-35
Geran-2 | Geran-1
Latakia | Lattaka road
Tartus | Tartuffe
دوما | دومة
تدمر | تدمير
عفرين | عفريت
منبج | منبر
الرمادي | رماد
البصرة | بصر
سراقب | سراق
الأبيض | بياض
نيالا | نيل
جنين | جنون
رفح | فرح
رفح | رفحاء
القسام | قسم
قسد | قصد
حماس | حماسة
اوین | اولین
بسیج | بسیار
فردو | فردا
مشهد | مشهور
تبریز | تبر
עזה | עז
חמאס | חמס
שדרות | שדה
קסאם | קסם
Şırnak | Şırna
Hatay | Hata
Van | Vance
台北 | 台南
台北 | 北台
新疆 | 新加
解放军 | 放军人
歼-20 | 歼-10
香港 | 港香
東京都 | 京都府
ミサイル | サイレン
ウクライナ | ウクレレ
평양 | 양평
서울 | 울서
사고 위험 | 고위험군
မန္တလေး | မန်
ภูเก็ต | ภูเขา
Jenin | Jenina
Hebron | Heron
Rafah | Raphael
Nyala | Nyasa
Darfur | Dar
Evin | Elvin
Basij | Basic
Erbil | Herbil
Yangon | Yang
사고 위험 | 고위
북한군 | 북한 군사
서울시내 | 서울은 시내
うくらいな | ウクレレ
Gaza | 가자
Iran | 거이란
ISIS | ISI'de
rumor | rum
"""


def _pairs(table: str) -> list[tuple[str, str]]:
    """(written, asked)"""
    rows = (line.split(" | ") for line in table.strip().splitlines())
    return [(written, asked) for asked, written in rows]


FOUND, APART = _pairs(_FOUND), _pairs(_APART)
