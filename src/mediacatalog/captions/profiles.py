"""The letters of languages beyond ASCII, most frequent first, and their legacy encodings.

Only the order counts; it tells a text in the right encoding from the same bytes in a wrong one.
Costs are natural logarithms of rough probabilities: sums of them compare texts of any length.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field

QUIET_SIGNS = frozenset(
    "\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "«»‹›“”„‘’‚–—…•¿¡،؛؟ـ、。「」『』！？，：；（）《》〈〉【】～・ー　♪♫"
)
"""Punctuation of many languages: says little of which one."""
LOUD_SIGNS = frozenset("·°№§©®™€£½¼×")
"""The same, but rare, and never beside a letter."""
_USUAL_UNKNOWN, _UNKNOWN, _FOREIGN = -6.5, -8.5, -10.0
"""A letter that the language hasn't: of Western Europe (names), of its script, of another one."""


@dataclass(frozen=True, slots=True)
class Profile:
    languages: frozenset[str]
    """Of ISO 639-1."""
    encodings: tuple[str, ...]
    """In order of preference where they give the same text."""
    letters: str
    rest: tuple[tuple[str, str, float], ...] = ()
    """Further characters: first, last, and the share of all letters that they have together."""
    costs: dict[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        letters = list(dict.fromkeys(self.letters))
        shares = [1 / (rank + 1.5 + len(letters) / 40) for rank in range(len(letters))]
        known = 1 - sum(share for *_, share in self.rest)
        total = sum(shares)
        costs = {
            letter: math.log(known * share / total)
            for letter, share in zip(letters, shares, strict=True)
        }
        object.__setattr__(self, "costs", costs)

    def cost(self, letter: str) -> float:
        """The logarithm of how probable a small letter is."""
        known = self.costs.get(letter)
        if known is not None:
            return known
        for first, last, share in self.rest:
            if first <= letter <= last:
                return math.log(share / (ord(last) - ord(first) + 1) * 3)  # few of them are used
        if "\u00df" <= letter <= "\u00ff":
            return _USUAL_UNKNOWN
        return _UNKNOWN if _block(letter) == self.block else _FOREIGN

    @property
    def block(self) -> int:
        return _block(self.letters[0] if self.letters else "\u3041")


def _block(letter: str) -> int:
    """Latin letters together, every other script by its place in Unicode."""
    return 0 if letter < "\u0250" else ord(letter) >> 8


_HIRAGANA, _KATAKANA = ("\u3041", "\u309f", 0.55), ("\u30a0", "\u30ff", 0.15)
_HAN, _HANGUL = ("\u4e00", "\u9fff", 0.35), ("\uac00", "\ud7a3", 0.3)


def _profile(
    languages: str, encodings: str, letters: str, *rest: tuple[str, str, float]
) -> Profile:
    return Profile(
        frozenset(languages.split()), tuple(encodings.split()), "".join(letters.split()), rest
    )


_CYRILLIC = "cp1251 koi8_r koi8_u cp866 iso8859_5 mac_cyrillic"
_WESTERN = "cp1252 iso8859_15 mac_roman cp850"
_NORTHERN = f"{_WESTERN} iso8859_10"
_CENTRAL = "cp1250 iso8859_2 cp852 iso8859_16"
_BALTIC = "cp1257 iso8859_13 iso8859_4"
_ARABIC = "cp1256 iso8859_6"

PROFILES: tuple[Profile, ...] = (
    _profile("ru", _CYRILLIC, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"),
    _profile(
        "uk", "cp1251 koi8_u mac_cyrillic iso8859_5 cp1125", "оанивіетрсклудмпязьгбчйхжцшюєщїґф"
    ),
    _profile("be", "cp1251 iso8859_5", "аіенорстклувдямпзыьгбчйхжцшўюёэф"),
    _profile("bg", "cp1251 iso8859_5 mac_cyrillic", "аоеитнрсвлкдпмзгябъучйхжцшщюфь"),
    _profile("mk", "cp1251 iso8859_5", "аоеинтрсвклдпмузјгбчшцжќфѓхњѕџљ"),
    _profile("sr", "cp1251 iso8859_5", "аоиенртсјвкудпмлзгбчшцжњћљхђфџ"),
    _profile("ar", _ARABIC, "اليمونرتبةعدسفهكحقشجأصطخىضذثغزءإؤئظآًٌٍَُِّْ"),
    _profile("fa", "cp1256", "اينردهتموبسشکلزخگفقعحپجطچآصئذضظثغژكةأًّ"),
    _profile("ur", "cp1256", "اکيرےنہوسمتلبدگپجٹشعچڑقفخحھںصئطضذزغثظژڈؤ"),
    _profile("he yi", "cp1255 iso8859_8 cp862", "יוהלאמרתבשנעחדםקכפןגצטזסךץףְִֵֶַָֹּׁ"),
    _profile("el", "cp1253 iso8859_7 cp737", "αοιετσνηυρπκμλςωάίόέήδχγθύώφβξζψϊΐϋΰ"),
    _profile("tr", "cp1254 iso8859_9", "ıüşğçöİâîû"),
    _profile("az", "cp1254 iso8859_9", "ıüşçöğİ"),
    _profile("en", _WESTERN, "éñèçöïüáóâêíäøå"),
    _profile("de", _WESTERN, "üäößé"),
    _profile("fr", _WESTERN, "éèàêçôîùâûœïë"),
    _profile("es", _WESTERN, "óíáñéúü"),
    _profile("pt", _WESTERN, "ãçáéíóêõâúà"),
    _profile("it", _WESTERN, "èàùòìé"),
    _profile("sv", _NORTHERN, "äöåé"),
    _profile("fi", _NORTHERN, "äöåšž"),
    _profile("da no nb", f"{_NORTHERN} cp865", "øåæéö"),
    _profile("nl", _WESTERN, "ëéïèöü"),
    _profile("ca", _WESTERN, "éàóèíçòúüï"),
    _profile("is", _NORTHERN, "íðáéþóæöúý"),
    _profile("sq", f"{_WESTERN} cp1250", "ëç"),
    _profile("ga", f"{_WESTERN} iso8859_14", "áéíóú"),
    _profile("cy", "iso8859_14", "ŵâôêîŷûáïö"),
    _profile("mt", "iso8859_3", "ħċżġàù"),
    _profile("eo", "iso8859_3", "ĉĝŭŝĵĥ"),
    _profile("pl", _CENTRAL, "łęąóżśćńź"),
    _profile("cs", _CENTRAL, "íáéěýřčžšůúďťňó"),
    _profile("sk", _CENTRAL, "áíéžýčšľťúňôóďäĺŕ"),
    _profile("hu", _CENTRAL, "áéöóőíüúű"),
    _profile("ro", _CENTRAL, "ăîâşţșț"),
    _profile("hr sl bs", _CENTRAL, "čšžćđ"),
    _profile("lt", _BALTIC, "ėšžųįąūčę"),
    _profile("lv", _BALTIC, "āīēšūņļģķčž"),
    _profile("et", f"cp1252 {_BALTIC} iso8859_15 iso8859_10", "äõüöšž"),
    _profile("vi", "cp1258", "\u0301\u0300đ\u0323ư\u0309ôêơâă\u0303óáíéúà"),
    _profile("th", "cp874 iso8859_11", "านรอกเงคมยลวดทสต่้ะปบหัชิีจพ์ู็ุขใไแโผึืำถธณซญศษ"),
    _profile(
        "ja",
        "shift_jis cp932 euc_jp",
        "",
        _HIRAGANA,
        _KATAKANA,
        ("\u4e00", "\u9fff", 0.29),
        ("\uff61", "\uff9f", 0.01),
    ),
    _profile(
        "zh",
        "gb18030",
        """的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年
        过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本
        前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最
        重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任
        常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少
        报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基
        眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉
        术领共确传师观清今切院让识候带导争运吗吧呢谁快走找""",
        _HAN,
    ),
    _profile(
        "zh",
        "big5 cp950 big5hkscs",
        """的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年
        過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本
        前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最
        重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任
        常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少
        報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基
        眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取嗎吧呢誰
        快走找""",
        _HAN,
    ),
    _profile(
        "ko",
        "cp949",
        """이다는을의에가고하지은를로도한사기서인어리자나대시아정일수있그게해보라부과장전제들구상주선만원
        여거오였경성스국조우공화신동것모적유무위안세중비습니까요네야내저너왜면없말좀마음당생각했때알뭐러
        데""",
        _HANGUL,
        ("\u4e00", "\u9fff", 0.01),
    ),
)

_COMMON = {
    "en": "the of and to in that is was for it with as his on be at by had not are but from or"
    " have an they which one you were her all she there would their we him been has when"
    " who will if out so up what your this my me no do can",
    "de": "der die und das den von ist mit nicht sich auf dem ein eine im zu des es auch wird"
    " als an nach wie war werden aus hat dass sie haben einer ich du wir ihr was mir mich"
    " noch",
    "fr": "le la les des et est une dans que pour qui sur pas plus par avec au du sont ce il en"
    " un je de vous nous ne se mais on elle tu cette tout bien ils moi son ses",
    "es": "el la los las de que en una por con para del se su es al como lo pero sus le ha me"
    " si no sin sobre este ya todo esta cuando muy hay yo nos te qué porque",
    "pt": "de que do da em um para com uma os no se na por mais as dos como mas ao ele das seu"
    " sua ou quando muito nos isso ela meu eu foi pelo pela isto voc tem ser",
    "it": "di che la il un in per una non sono del con si dei nel alla da le al come ma ha lo"
    " gli ed della mi ti questo anche ci se io quello delle cosa tutto hai",
    "sv": "och att det som en av med den inte har till om ett han men var sig jag vi de ska kan"
    " du dig mig vad nu allt eller hans fram skulle ut vid",
    "fi": "ja on ei se oli ett kun mutta niin kuin hn ovat joka mit olen minun sen vain nyt jos"
    " tai kuten ole olla kaikki sitten miksi",
    "da": "og at det som en af med den ikke har til om et han men var sig jeg vi de skal kan du"
    " dig mig hvad nu eller blev efter ud ved der er hvor",
    "no": "og at det som en av med den ikke har til om et han men var seg jeg vi de skal kan du"
    " deg meg hva eller ble etter ut ved der er hvor",
    "nl": "de het een van en in is dat op te zijn voor met niet aan er ook om werd als ik je"
    " maar hij naar bij uit wat nog wel heb dan mij deze",
    "ca": "el la els les de que en una per amb del es al com no ha un i als dels aquest aquesta"
    " tot seva seu pel quan molt tota seus hi jo ens",
    "is": "og er um til sem en hann var af ekki fyrir me vi eru hans kom svo ef hefur eins yfir"
    " upp hver hvað",
    "pl": "nie na do jest to po jak od dla oraz przez ale tak co za ten by mnie tylko ma go"
    " jego czy ich jej pan jeszcze kiedy tego tym mi ci juz tu sa",
    "cs": "je na se to do ale jak co by za po pro jako tak kdy podle jeho ve aby ze si od ho"
    " jsem mi jsou ten byl bude jen nebo tady tam dobre",
    "sk": "je na sa to do ale ako by za po pre tak podla jeho vo aby zo si od ho som mi ten bol"
    " bude len alebo tam ich tu dobre nie vie",
    "hu": "az hogy nem is ez egy azt volt csak meg de ha mint van kell ki vagy minden ezt mert"
    " el lesz nekem itt igen jobb volna nincs",
    "ro": "de la nu ce un pe cu din pentru mai este care sunt au fost am fi va sau cum dar ai"
    " lui ei prin dup asta orice are tot acest unui",
    "hr": "je na da se za su to ne od ali kao iz ili koji bi sam do po o kako ga smo nije samo"
    " ima ti mi si li ovo tko svi biti",
    "sl": "je na da se za so to ne od ali kot iz ki bi sem do po kako ga smo ni samo ima ti mi"
    " si tudi pa vse biti kaj pri ter ko",
    "sq": "dhe ne nga me se i te per ka nuk do si qe mund duhet kjo jane por ky nje tij kur ose",
    "lt": "ir kad bet yra su tai kaip ne ar jis buvo jo dar tik po iki nuo man jau jei apie jos"
    " gali visi kas mes turi teis asmuo",
    "lv": "un ka ir par uz ar no bet tas es vai kas to pie lai kad bija ne tu jau ko tik tikai"
    " mums viss savu cilv vienam",
    "et": "ja on ei et see kui ta oli ka mis aga nii siis oma ning mida sa ma seda ole olen"
    " tema kes meie neid",
    "tr": "ve bir bu ile da de olarak daha gibi kadar sonra ise ama ne var ben sen mi o biz her"
    " bana seni onu yok evet neden iyi burada",
    "az": "bir bu il da olan daha kimi sonra amma var biz men ki onun hansi ya ne",
    "mt": "li ta il ma dan fl minn huma fil jew kull dik bil kien kif fuq",
    "eo": "la kaj de en estas al ne ke mi por kun li sed sur el vi pri kiel oni kiu tiu",
    "cy": "yn ac yr ar am ei fod mae gan wedi bod hyn ond oedd gyda neu chi fel pob sydd hawl",
    "ga": "an na ar agus le go do ag ina is ach nach mar ann aon bhfuil leis gach chun cheart",
}
_ACCENTED = {
    "de": "für über daß können müssen würde wäre hätte möchte schön früher später größer straße"
    " heißt weiß ließ natürlich während zurück",
    "fr": "été être à où même très après déjà là ça mère père français était étaient année"
    " années voilà première état écoute élevé déclaré",
    "es": "más qué está también así él sí día después cómo según aquí años españa señor había"
    " están número policía sólo país",
    "pt": "não é está são também já até você então só à às três há após porém será país ninguém",
    "it": "è più perché così già può né città però cioè sarà dì là lì giù verità libertà"
    " società attività qualità novità metà università ciò",
    "sv": "är för på så från också här där då när får över år måste någon något själv två även"
    " ännu",
    "fi": "hän että tämä niitä näin sitä mitä täällä siellä hyvä vielä päivä älä mä sä eikä nämä",
    "da": "på så får også når år være må blå gå første før gør døde børn flere både få",
    "no": "på så får også når år være må blå gå første før gjør døde både få",
    "nl": "één",
    "ca": "és més això també però què així només aquí perquè són ha després",
    "is": "að það þú ég þetta því þá já við á í þeir þær einnig þess verið áður mér",
    "pl": "się że są już więc też jeśli można być był była będzie gdzieś cię proszę mój może"
    " przyszłość",
    "cs": "že když už až při více proč něco mě být já přes může protože ještě řekl svět není",
    "sk": "že až keď už čo môže nič pri tiež ešte prečo niečo byť ľudí dňa môj",
    "hu": "és én még már ő így úgy két új után között több szép jó három őket",
    "ro": "și şi să în că fără după mâine când până cât așa aşa ești",
    "hr": "što više već još ćemo ću će čovjek možemo znaš gdje čuo rečeno također može",
    "sl": "še že več če čas kaj človek zakaj nič boš pač",
    "lt": "už iš į šis žmogus kurį būti šį žmonių kiekvienas ką kurią",
    "lv": "šī kā būt tā šo vai arī tādā pēc bērns cilvēks sāk",
    "et": "või kõik üks mõne ära pärast nüüd käes läks õigus isikul",
    "tr": "için çok değil şey şimdi kadın güzel bütün öyle böyle dünya değildir mı sonuç",
    "az": "üçün hər və çox şəxs",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_PLAIN_WORD = re.compile(r"(?<![\w\x80-\xff])[a-z]{2,10}(?![\w\x80-\xff])")
_SURE = 12.0
"""What words in ASCII can add to a language at most."""


def told_by_words(text: str) -> dict[str, float]:
    """What common words of ASCII letters add to each language; `text` is bytes as Latin-1."""
    words = Counter(_PLAIN_WORD.findall(text.lower()))
    hits = {
        language: sum(n for word, n in words.items() if word in known)
        for language, known in _WORDS.items()
    }
    most = max(hits.values())
    return {language: _SURE * n / (most + 3) for language, n in hits.items() if n}


_WORDS_WITH_ACCENTS = {language: frozenset(words.split()) for language, words in _ACCENTED.items()}
_WORD = re.compile(r"[^\W\d_]{1,12}")
_KNOWN_WORD, _SURE_OF_WORDS = 2.5, 10.0


def told_by_accents(text: str) -> dict[str, float]:
    """What common words with other letters add to each language, in a text once decoded."""
    words = Counter(one for one in _WORD.findall(text.lower()) if not one.isascii())
    if not words:
        return {}
    hits = {
        language: sum(words[word] for word in known & words.keys())
        for language, known in _WORDS_WITH_ACCENTS.items()
    }
    return {one: min(_SURE_OF_WORDS, _KNOWN_WORD * n) for one, n in hits.items() if n}
