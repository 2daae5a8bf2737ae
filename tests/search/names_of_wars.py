"""Names of the wars of these years in the scripts of those who ask: asked, and as it is written."""

from __future__ import annotations

from tests.search.more_names import pairs

_FOUND = """
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
نتنياهو | Netanyahu
Sinwar | السنوار
Nasrallah | נסראללה
Trump | Трамп
Biden | بايدن
Xi Jinping | 習近平
Lavrov | لافروف
Golan Heights | الجولان
West Bank | הגדה המערבית
乌克兰 | Украина
俄罗斯 | Россия
叙利亚 | سوريا
ガザ | Gaza
イスラエル | ישראל
우크라이나 | Ukraine
북한 | North Korea
缅甸 | မြန်မာ
Kachin | ကချင်
Kokang | 果敢
Wa State | 佤邦
Arakan Army | အာရက္ခတပ်တော်
Strait of Hormuz | تنگه هرمز
Bandar Abbas | بندرعباس
Bandar Abbas | بندر عباس
Zahedan | زاهدان
Sanandaj | سنندج
Mahabad | مهاباد
Ahvaz | اهواز
Bushehr | بوشهر
Karaj | کرج
Quds Force | نیروی قدس
Quds Force | فيلق القدس
Kata'ib Hezbollah | كتائب حزب الله
Asa'ib Ahl al-Haq | عصائب أهل الحق
Zintan | الزنتان
Misrata | مصراتة
Sirte | سرت
Hodeidah | الحديدة
Marib | مأرب
Aden | عدن
Taiz | تعز
Sanaa | صنعاء
Sana'a | صنعاء
El-Fasher | الفاشر
Kadugli | كادقلي
Zamzam camp | مخيم زمزم
Merowe | مروي
Kassala | كسلا
Torez | Торез
Debaltseve | Дебальцево
Ilovaisk | Иловайск
Popasna | Попасная
Rubizhne | Рубежное
Lysychansk | Лисичанськ
Toretsk | Торецьк
Robotyne | Работино
Krynky | Крынки
Bucha | Буча
Irpin | Ірпінь
Hostomel | Гостомель
Chernihiv | Чернигов
Zmiinyi | Зміїний
Snake Island | остров Змеиный
Kakhovka | Каховка
Nova Kakhovka | Новая Каховка
Enerhodar | Енергодар
Sudzha | Суджа
Engels | Энгельс
Olenya | Оленья
Wagner Group | ЧВК Вагнер
Right Sector | Правий сектор
Aidar | Айдар
FPV drone | FPV-дрон
MANPADS | ПЗРК
ATGM | ПТРК
cluster munition | cluster munitions
thermobaric | thermo-baric
paraglider | paragliders
BM-27 | БМ-27
2С7 | 2S7
T-55 | تي-55
Su-24 | سو-24
MiG-23 | ميغ-23
Mi-24 | Ми24
Ka52 | Ка-52
An-26 | Ан-26
Il-76 | Ил-76
Tu-22M3 | Ту-22М3
M1A1 | M1A1 Abrams
Bradley | Брэдли
Fateh-110 | فاتح-110
Fateh-110 | فاتح ۱۱۰
Mohajer-6 | مهاجر-6
Kilis | Kilis'te
Cerablus | Jarabulus
Tel Abyad | تل أبيض
Tal Abyad | Tell Abyad
Ras al-Ayn | Ras al-Ain
Ras al-Ayn | رأس العين
Sere Kaniye | Serê Kaniyê
Azaz | أعزاز
Azaz | اعزاز
Nubl | نبل
Sheikh Maqsood | الشيخ مقصود
Daraya | داريا
Yarmouk | اليرموك
Bab al-Hawa | باب الهوى
Baghuz | الباغوز
Tabqa | الطبقة
Mayadin | الميادين
Shengal | شنگال
Sinjar | Şengal
Basrah | البصرة
Najaf | النجف
Karbala | كربلاء
Samarra | سامراء
Baiji | بيجي
Dohuk | Duhok
Sulaymaniyah | السليمانية
Hatay | Hatay’ın
"""

_APART = """
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
Trump | trumpet
Karen | Karenni
Qom | Com
قم | قمة
سرت | سارت
عدن | عدد
تعز | تعزيز
نبل | قنبلة
Bucha | Buch
Буча | Бучач
Engels | angels
Leopard | Leonard
Bradley | broadly
Marib | Maria
Sirte | site
Kilis | Killis tower
"""

FOUND, APART = pairs(_FOUND), pairs(_APART)
