"""The letters of languages beyond ASCII, most frequent first, and their legacy encodings.

Only the order counts; it tells a text in the right encoding from the same bytes in a wrong one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

QUIET_SIGNS = frozenset(
    "\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "«»‹›“”„‘’‚–—…•¿¡،؛؟ـ、。「」『』！？，：；（）《》〈〉【】～・ー　♪♫"
)
"""Punctuation of many languages: says nothing of which one."""
LOUD_SIGNS = frozenset("·°№§©®™€£½¼×")
"""The same, but never beside a letter."""
CAPITAL = 0.25
"""What a capital letter is worth less, unless a word begins with it."""


@dataclass(frozen=True, slots=True)
class Profile:
    languages: frozenset[str]
    """Of ISO 639-1."""
    encodings: tuple[str, ...]
    """In order of preference where they give the same text."""
    letters: str
    rest: tuple[tuple[str, str, float], ...] = ()
    """Further characters: first, last, weight."""
    weights: dict[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        steps = math.log(len(self.letters) + 1)
        weights = {
            letter: 1.0 - 0.75 * math.log(rank + 1) / steps
            for rank, letter in enumerate(dict.fromkeys(self.letters))
        }
        for letter, weight in list(weights.items()):
            weights.setdefault(letter.upper(), weight - CAPITAL)
        object.__setattr__(self, "weights", weights)

    def weight(self, letter: str) -> float:
        """1 for the most frequent letter, below 0 for one that the language hasn't."""
        known = self.weights.get(letter)
        if known is not None:
            return known
        for first, last, weight in self.rest:
            if first <= letter <= last:
                return weight
        return -1.0


_HIRAGANA, _KATAKANA = ("\u3041", "\u309f", 0.9), ("\u30a0", "\u30ff", 0.75)
_HAN, _HANGUL = ("\u4e00", "\u9fff", 0.1), ("\uac00", "\ud7a3", 0.3)


def _profile(
    languages: str, encodings: str, letters: str, *rest: tuple[str, str, float]
) -> Profile:
    return Profile(
        frozenset(languages.split()), tuple(encodings.split()), "".join(letters.split()), rest
    )


_CYRILLIC = "cp1251 koi8_r koi8_u cp866 iso8859_5 mac_cyrillic"
_WESTERN = "cp1252 iso8859_15 mac_roman cp850"
_CENTRAL = "cp1250 iso8859_2 cp852"
_ARABIC = "cp1256 iso8859_6"

PROFILES: tuple[Profile, ...] = (
    _profile("ru", _CYRILLIC, "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"),
    _profile("uk", "cp1251 koi8_u mac_cyrillic iso8859_5", "оанивіетрсклудмпязьгбчйхжцшюєщїґф"),
    _profile("be", "cp1251 iso8859_5", "аіенорстклувдямпзыьгбчйхжцшўюёэф"),
    _profile("bg mk", "cp1251 iso8859_5 mac_cyrillic", "аоеитнрсвлкдпмзгябъучйхжцшщюфьјќѓѕџљњ"),
    _profile("sr", "cp1251 iso8859_5", "аоиенртсјвкудпмлзгбчшцжњћљхђфџ"),
    _profile("ar", _ARABIC, "اليمونرتبةعدسفهكحقشجأصطخىضذثغزءإؤئظآًٌٍَُِّْ"),
    _profile("fa", "cp1256", "اينردهتموبسشکلزخگفقعحپجطچآصئذضظثغژكةأًّ"),
    _profile("ur", "cp1256", "اکيرےنہوسمتلبدگپجٹشعچڑقفخحھںصئطضذزغثظژڈؤ"),
    _profile("he yi", "cp1255 iso8859_8 cp862", "יוהלאמרתבשנעחדםקכפןגצטזסךץףְִֵֶַָֹּׁ"),
    _profile("el", "cp1253 iso8859_7", "αοιετσνηυρπκμλςωάίόέήδχγθύώφβξζψϊΐϋΰ"),
    _profile("tr az", "cp1254 iso8859_9", "ıüşğçöİâîû"),
    _profile("de", _WESTERN, "üäößé"),
    _profile("fr", _WESTERN, "éèàêçôîùâûœïë"),
    _profile("es", _WESTERN, "óíáñéúü"),
    _profile("pt", _WESTERN, "ãçáéíóêõâúà"),
    _profile("it", _WESTERN, "èàùòìé"),
    _profile("sv fi", _WESTERN, "äöåé"),
    _profile("da no nb", _WESTERN, "øåæéö"),
    _profile("nl ca", _WESTERN, "ëéïèàíóòçü"),
    _profile("is", "cp1252", "íðáéþóæöúý"),
    _profile("pl", _CENTRAL, "łęąóżśćńź"),
    _profile("cs", _CENTRAL, "íáéěýřčžšůúďťňó"),
    _profile("sk", _CENTRAL, "áíéžýčšľťúňôóďäĺŕ"),
    _profile("hu", _CENTRAL, "áéöóőíüúű"),
    _profile("ro", _CENTRAL, "ăîâşţ"),
    _profile("hr sl bs", _CENTRAL, "čšžćđ"),
    _profile("lt", "cp1257 iso8859_13", "ėšžųįąūčę"),
    _profile("lv", "cp1257 iso8859_13", "āīēšūņļģķčž"),
    _profile("et", "cp1257 cp1252", "äõüöšž"),
    _profile("vi", "cp1258", "\u0301\u0300đ\u0323ư\u0309ôêơâă\u0303óáíéúà"),
    _profile("th", "cp874", "านรอกเงคมยลวดทสต่้ะปบหัชิีจพ์ู็ุขใไแโผึืำถธณซญศษ"),
    _profile(
        "ja",
        "shift_jis cp932 euc_jp",
        "",
        _HIRAGANA,
        _KATAKANA,
        ("\u4e00", "\u9fff", 0.3),
        ("\uff61", "\uff9f", -0.4),
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
        ("\u4e00", "\u9fff", -0.2),
    ),
)
