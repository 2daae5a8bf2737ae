"""People and groups that a text names; precision before recall.

A person is known by a rank or office before a name, or by a given name that begins it; a surname
that stands alone later is tied to the person it belongs to. Groups come from `data/groups.tsv`, and
by the form of their names: "5th Assault Corps", "Iraqi Air Force".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.articles.mentions import vocabulary
from mediacatalog.articles.mentions.spelling import key, nominatives
from mediacatalog.articles.mentions.tokens import script
from mediacatalog.articles.mentions.values import ActorValue, Mention

if TYPE_CHECKING:
    from mediacatalog.articles.mentions.tokens import Token

LONGEST_GROUP = 7
LONGEST_NAME = 4

RANKS = re.compile(
    r"(?:(?:Lt\.?|Lieutenant|Maj\.?|Major|Brig\.?|Brigadier|Col\.?|Colonel|Army)[ -])?"
    r"(?:Gen\.?|General|Col\.?|Colonel|Lt\.?|Lieutenant|Maj\.?|Major|Brig\.?|Brigadier|Capt\.?"
    r"|Captain|Sgt\.?|Sergeant|Admiral|Adm\.?"
    r"|Commander|Cmdr\.?|Marshal|Field Marshal|President|Vice President|Prime Minister|Premier"
    r"|Chancellor|King|Queen|Prince|Princess"
    r"|(?:Foreign |Defen[cs]e |Interior |Health |Finance )?(?:Minister|Secretary)"
    r"|Secretary[ -]General|Secretary of State"
    r"|Ambassador|Governor|Gov\.|Senator|Sen\.|Rep\.|Mayor|Pope|Sheikh|Sheik|Imam|Ayatollah|Mullah"
    r"|Mufti|Emir"
    r"|Dr\.?|Prof\.?|Professor|Mr\.?|Mrs\.?|Ms\.?|Sir|Judge|Bishop|Patriarch|Rabbi)(?!\w)"
)
_SMALL = re.compile(
    r"(?:(?:lieutenant|major|brigadier|colonel)[ -])?(?:general|colonel|lieutenant|major|captain"
    r"|sergeant|brigadier)(?!\w)"
)
ROLES = re.compile(
    r"(?:spokes(?:man|woman|person)|Spokes(?:man|woman|person)|commander|journalist|activist"
    r"|reporter|correspondent|analyst|leader"
    r"|president|minister|envoy|mayor|governor|director|Director|photographer|doctor|lawyer|chief"
    r"|Chief|secretary)(?!\w)"
)
_RUSSIAN = re.compile(
    r"(?:генерал(?:-полковник|-лейтенант|-майор)?|полковник|подполковник|майор|капитан|адмирал"
    r"|маршал|президент|премьер-министр|министр(?: обороны"
    r"| иностранных дел)?|глава(?: МИД| Чечни| государства)?|губернатор|мэр|посол"
    r"|официальный представитель|пресс-секретарь|журналист|командир"
    r"|командующий|представитель|депутат|патриарх)(?:а|у|ом|я|ю|ем|ы)?",
    re.IGNORECASE,
)
_ARABIC = re.compile(
    r"(?:و?(?:الرئيس|رئيس الوزراء|العميد|العقيد|اللواء|الجنرال|الفريق|المقدم|الرائد|النقيب|الشيخ"
    r"|الدكتور|السيد|وزير (?:الخارجية|الدفاع|الداخلية|الصحة|الإعلام)"
    r"|المتحدث باسم \S+|الناطق باسم \S+|المبعوث الأممي|السفير|الأمير|الملك|القائد|الصحفي|الناشط))\s"
    r"(?:(?:الروسي|السوري|الأمريكي|الأميركي|التركي|الإيراني|العراقي|الفرنسي|المصري|الأوكراني"
    r"|السابق|الجنرال|العميد|الإعلامي|الميداني)\s){0,2}"
)
_ARABIC_STOP = frozenset(
    "في من الي علي عن ان انه قال اكد اعلن صرح بعد قبل خلال مع كما الذي التي اليوم امس هو هي قد "
    "لقد وقال واكد يوم عام مساء صباح "
    "السوري الروسي العراقي التركي الامريكي الايراني اللبناني العام الجمهوريه".split()
)
_TANWEEN = ("ً", "ًا", "اً")
_EVERYDAY = re.compile("و?(?:الصحفي|الناشط|القائد|السيد|الشيخ|الدكتور|المتحدث|الناطق)")
"""Titles that stand before other words than names too: only a given name after them counts."""
_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
_UNITS = frozenset("corps division brigade battalion regiment army company squadron".split())
_BETWEEN_UNITS = frozenset(
    "assault armored armoured mechanized mechanised infantry airborne guards special tank naval "
    "air motorized "
    "mountain marine separate rifle mobile republican".split()
)
_FORCES = frozenset(
    "air force,army,armed forces,navy,defence ministry,defense ministry,coast guard,special forces,"
    "foreign ministry,interior ministry,ministry of defence,ministry of defense,red crescent,"
    "civil defence,health ministry,national guard,aerospace forces,intelligence,police,"
    "parliament".split(",")
)
_BODIES = frozenset(
    "brigade brigades battalion battalions front movement militia militias regiment division "
    "corps army forces party "
    "coalition council union agency ministry network observatory committee organization "
    "organisation".split()
)
_JOINERS = frozenset("al el bin ibn abu abd ben de von van der da di bint abdul ul".split())
_AFTER_NAMES = frozenset(
    "army said monday tuesday wednesday thursday friday saturday sunday".split()
)
_NOT_NAMES = frozenset(
    "the a an he she it they we i this that these those his her their on in at as but and or for "
    "after before when "
    "while if not no there here one two three first last new air military state local national "
    "foreign "
    "district subdistrict province governorate region oblast city town village river street road "
    "avenue university "
    "airport hospital school mosque church square bridge border mountain north south east west "
    "post times council ministry court house assembly staff election elections motors hotel "
    "question questions".split()
)


def find(text: str, tokens: list[Token]) -> list[Mention]:
    """People and groups in order, not overlapping; groups win over people."""
    groups = _groups(text, tokens)
    taken = {place for one in groups for place in range(one.start, one.end)}
    people = [one for one in _people(text, tokens) if taken.isdisjoint(range(one.start, one.end))]
    return sorted([*groups, *people], key=lambda one: one.start)


# --- groups --------------------------------------------------------------------------------------


def _groups(text: str, tokens: list[Token]) -> list[Mention]:
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        one, used = _listed(text, tokens, at)
        if one is None:
            one, used = _formed(text, tokens, at)
        if one is not None:
            found.append(one)
        at += max(1, used)
    return found


def _run(tokens: list[Token], at: int, most: int) -> int:
    """How many words from `at` stand together."""
    count = 1
    while count < most and at + count < len(tokens) and tokens[at + count].joined:
        count += 1
    return count


def _listed(text: str, tokens: list[Token], at: int) -> tuple[Mention | None, int]:
    first = tokens[at]
    latin = script(first) != "arabic"
    if latin and not (first.capital or first.folded in _JOINERS) and script(first) == "latin":
        return None, 1
    known = vocabulary.groups()
    for count in range(_run(tokens, at, LONGEST_GROUP), 0, -1):
        start, end = first.start, tokens[at + count - 1].end
        surface = text[start:end].removesuffix("'s").removesuffix("’s")
        name = key(surface)
        for form, cut in _forms(name, first):
            hit = known.get(form)
            if hit is None or (hit[1] and not surface.isupper()):
                continue
            if count == 1 and not _single(form, surface, tokens, at):
                continue
            begin = start + cut
            value = ActorValue(hit[0])
            length = len(surface) - cut
            return Mention(
                "group", text[begin : begin + length], begin, begin + length, value, 0.9
            ), count
    return None, 1


def _forms(name: str, first: Token) -> list[tuple[str, int]]:
    kind = script(first)
    if kind == "arabic":
        cut = [(name[1:], 1)] if name[:1] in "وبلفك" else []
        if name.startswith("لل"):
            cut.append((f"ال{name[2:]}", 2))
        return [(name, 0), *cut]
    if kind == "cyrillic":
        return [(one, 0) for one in (name, *nominatives(name))]
    return [(name, 0)]


def _single(form: str, surface: str, tokens: list[Token], at: int) -> bool:
    """Single words that mean other things too: a capital alone doesn't make them a group."""
    after = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].joined else None
    if form in {"wagner", "azov", "orient", "fatah", "is", "ap", "tass"}:
        if form in {"is", "ap"}:
            shouted = at > 0 and tokens[at - 1].raw.isupper() and len(tokens[at - 1].raw) > 1
            return surface.isupper() and not tokens[at].opens and not shouted
        before = tokens[at - 1] if at and tokens[at].joined else None
        if (
            before is not None
            and (before.capital or before.folded in {"of", "sea"})
            and not before.opens
        ):
            return False
        return after is None or not after.capital
    return form not in {"القاعده", "النصره", "orient"} or form == "النصره"


def _formed(text: str, tokens: list[Token], at: int) -> tuple[Mention | None, int]:
    """By form: "5th Assault Corps", "Iraqi Air Force", "Levant Front"."""
    first = tokens[at]
    words = tokens[at : at + _run(tokens, at, 5)]
    if _ORDINAL.fullmatch(first.folded):
        used = _numbered(words)
    elif first.capital and first.folded in vocabulary.adjectives():
        used = _forces(words)
    elif first.capital and script(first) == "latin" and first.folded not in _NOT_NAMES:
        used = _body(words)
    else:
        used = 0
    if not used:
        return None, 1
    end = words[used - 1].end
    name = text[first.start : end]
    return Mention("group", name, first.start, end, ActorValue(name), 0.7), used


def _numbered(words: list[Token]) -> int:
    """How many words the unit's name has; 0 if it is none."""
    for count, word in enumerate(words[1:], start=2):
        if word.capital and word.folded in _UNITS:
            return count
        if not word.capital or word.folded not in _BETWEEN_UNITS:
            break
    return 0


def _forces(words: list[Token]) -> int:
    for count in range(min(len(words), 4), 1, -1):
        rest = " ".join(one.folded for one in words[1:count])
        if rest in _FORCES and (words[1].capital or count == 2):
            return count
    return 0


def _body(words: list[Token]) -> int:
    used = 0
    for count, word in enumerate(words[1:], start=2):
        if not (word.capital or word.folded in {"al", "of", "for", "and"}):
            break
        if word.capital and word.folded in _BODIES:
            used = count
    return used


# --- people --------------------------------------------------------------------------------------


def _people(text: str, tokens: list[Token]) -> list[Mention]:
    found: list[Mention] = []
    surnames: dict[str, str] = {}
    at = 0
    while at < len(tokens):
        one, used = _titled(text, tokens, at)
        if one is None and _is_given(tokens, at):
            one, used = _named(text, tokens, at, at, None, 0.75)
        if one is None:
            one = _again(text, tokens, at, surnames)
            used = 1
        elif isinstance(one.value, ActorValue):
            surnames.setdefault(_surname(one.value.name), one.value.name)
        if one is not None:
            found.append(one)
        at += max(1, used)
    return found


def _surname(name: str) -> str:
    words = key(name).split(" ")
    return words[-1]


def _titled(text: str, tokens: list[Token], at: int) -> tuple[Mention | None, int]:
    first = tokens[at]
    kind = script(first)
    window = text[first.start : first.start + 80]
    if kind == "arabic":
        return _arabic(text, tokens, at, window)
    if kind == "cyrillic":
        title = _RUSSIAN.match(window)
        return _after(text, tokens, at, title, 0.85) if title else (None, 1)
    for pattern, sure in ((RANKS, 0.9), (_SMALL, 0.85)):
        if title := pattern.match(window):
            return _after(text, tokens, at, title, sure)
    if role := ROLES.match(window):
        start = first.start + role.end()
        place = at + 1
        if place < len(tokens) and tokens[place].start - start <= 2 and tokens[place].joined:
            return _named(text, tokens, place, place, None, 0.75)
    return None, 1


def _after(
    text: str, tokens: list[Token], at: int, title: re.Match[str], sure: float
) -> tuple[Mention | None, int]:
    end = tokens[at].start + title.end()
    place = at
    while place < len(tokens) and tokens[place].start < end:
        place += 1
    if place >= len(tokens) or tokens[place - 1].end > end + 1 or tokens[place].start - end > 2:
        return None, 1
    if text[end : tokens[place].start].strip(" ."):
        return None, 1
    return _named(text, tokens, place, at, title[0], sure)


def _named(
    text: str,
    tokens: list[Token],
    place: int,
    at: int,
    title: str | None,
    sure: float,
) -> tuple[Mention | None, int]:
    """The run of capitalised words from `place`, if it can be a name; two where no rank leads."""
    count = _length(text, tokens, place)
    capitals = sum(word.capital for word in tokens[place : place + count])
    if not count or capitals < (1 if title else 2) or _is_no_person(tokens[place]):
        return None, 1
    first = tokens[place]
    name = re.sub(r"['’]s$", "", text[first.start : tokens[place + count - 1].end])
    start, end = tokens[at].start, first.start + len(name)
    value = ActorValue(name, title)
    return Mention("person", text[start:end], start, end, value, sure), place + count - at


def _length(text: str, tokens: list[Token], place: int) -> int:
    """How many words from `place` read like one person's name."""
    capitals = 0
    count = 0
    for word in tokens[place : place + LONGEST_NAME + 3]:
        if count and not word.joined and not _initial(tokens[place + count - 1], word, text):
            break
        if word.capital and word.folded not in _NOT_NAMES and not word.raw[0].isdigit():
            if capitals == LONGEST_NAME or (capitals and _is_other(word)):
                break
            capitals += 1
        elif word.folded not in _JOINERS:
            break
        count += 1
    while count and not tokens[place + count - 1].capital:
        count -= 1
    return count


def _is_no_person(first: Token) -> bool:
    """`President Syria` names nobody, and neither do `Dr. Hezbollah` or `General Syrian`."""
    if first.folded in vocabulary.adjectives() or first.folded in vocabulary.groups():
        return True
    known = first.folded in vocabulary.own_places()
    return known and first.folded not in vocabulary.given_names()


def _initial(before: Token, word: Token, text: str) -> bool:
    return len(before.raw) == 1 and text[before.end : word.start] == ". "


def _is_other(word: Token) -> bool:
    """What can't continue a name: a month, a group, an adjective."""
    return word.folded in vocabulary.adjectives() or word.folded in _AFTER_NAMES


def _is_given(tokens: list[Token], at: int) -> bool:
    word = tokens[at]
    if script(word) == "arabic" or not word.capital or word.folded not in vocabulary.given_names():
        return False
    if at + 1 >= len(tokens):
        return False
    after = tokens[at + 1]
    return (
        after.joined
        and (after.capital or after.folded in _JOINERS)
        and after.folded not in vocabulary.groups()
    )


def _arabic(text: str, tokens: list[Token], at: int, window: str) -> tuple[Mention | None, int]:
    title = _ARABIC.match(window)
    if title is None:
        return None, 1
    end = tokens[at].start + title.end()
    place = at
    while place < len(tokens) and tokens[place].start < end:
        place += 1
    names: list[Token] = []
    while place + len(names) < len(tokens) and len(names) < 3:
        word = tokens[place + len(names)]
        if word.folded in _ARABIC_STOP or (names and not word.joined) or script(word) != "arabic":
            break
        if len(names) == 2 and not word.raw.startswith("ال"):
            break
        if word.raw.endswith(_TANWEEN):
            break  # a noun in the accusative, no name
        names.append(word)
    if not names:
        return None, 1
    given = names[0].folded in vocabulary.given_names()
    if not given and (len(names) == 1 or _EVERYDAY.match(title[0])):
        return None, 1
    start, stop = tokens[at].start, names[-1].end
    name = text[names[0].start : stop]
    value = ActorValue(name, title[0].strip())
    return Mention("person", text[start:stop], start, stop, value, 0.7), place + len(names) - at


def _again(text: str, tokens: list[Token], at: int, surnames: dict[str, str]) -> Mention | None:
    """A surname that stands alone for a person named before."""
    word = tokens[at]
    if not word.capital or len(word.raw) < 3:
        return None
    surface = re.sub(r"['’]s$", "", word.raw)
    for form in (key(surface), *nominatives(key(surface))):
        full = surnames.get(form)
        if full is not None and form not in vocabulary.ordinary():
            end = word.start + len(surface)
            return Mention("person", text[word.start : end], word.start, end, ActorValue(full), 0.7)
    return None
