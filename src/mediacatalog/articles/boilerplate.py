"""Lines that publishing systems put into stories: what they are, by what they say.

Each rule is a pattern for one short line, with the reason that is kept beside the line when it
is taken out. A rule may only match a line that can't be a sentence of the story: patterns are
anchored at both ends or ask for an imperative at the start, and long lines are never taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediacatalog.values import Removed

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 240
"""Characters; no rule looks at a longer line."""

_NETWORK = (
    r"(?:facebook|twitter|x|whats ?app|telegram|linked ?in|pinterest|reddit|e-?mail|tumblr|vk|"
    r"viber|messenger|instagram|youtube|tiktok|rss|print|pocket|flipboard|copy link|ok\.ru|"
    r"google\+?|فيسبوك|تويتر|واتساب|تلغرام|تيليجرام|вконтакте|одноклассники)"
)
_LETTER = r"(?:newsletters?|news ?letter|bulletins?|inbox|e-?mails?|updates?|alerts|notifications)"

_RULES: tuple[tuple[str, str], ...] = (
    (
        "share counter",
        (
            r"(?!(?:19|20)\d\d$)\d{1,3}(?:[.,\u00a0]?\d{3})*(?:[.,]\d+)?\s?[KkMm]?"
            r"(?:\s+\d{1,3}(?:[.,]?\d{3})*(?:[.,]\d+)?\s?[KkMm]?){0,5}"
        ),
    ),
    (
        "share counter",
        (
            r"\d[\d.,]*\s?[KkMm]?\s+(?:shares?|views?|likes?|tweets?|retweets?|"
            r"reactions?|comments?|"
            r"reads?|votes?|followers?|просмотр\w*|комментари\w*|مشاهد\w*|مشارك\w*|تعليق\w*)"
            r"(?:\s+\d[\d.,]*\s?[KkMm]?\s+\w{3,12}){0,4}"
        ),
    ),
    ("share counter", r"(?:shares?|views?|likes?|post views|просмотров)\s*:\s*\d[\d.,]*\s?[KkMm]?"),
    (
        "share buttons",
        (
            r"(?:share(?: this)?(?: (?:article|story|post|page|video))?|tweet(?: this)?|"
            r"поделиться|شارك(?: المقال| الخبر)?|مشاركة|compartir|partager|teilen)"
            rf"\s?[:!.]?+(?:\s?+(?:(?:on|via|by|в|على|en|sur|auf)\s)?+{_NETWORK}[,|·•]?+)*+"
        ),
    ),
    ("share buttons", rf"(?:{_NETWORK}(?:\s?[,|·•])?+\s?+){{2,12}}+"),
    (
        "advertisement",
        (
            r"[\W_]{0,8}(?:advertisements?|advert|ads?|sponsored(?: content| post)?|paid content|"
            r"реклама|إعلان(?:ات)?|اعلان|publicit[ée]|publicidad|pubblicit[àa]|anzeige|werbung|"
            r"reclame|reklam|آگهی|广告|廣告|広告)(?:\s*[-–—:;.]?\s*(?:story|article|scroll|continue|"
            r"keep)\b.{0,60})?[\W_]{0,8}"
        ),
    ),
    (
        "advertisement",
        (
            r"(?:story|article) continues (?:below|after)(?: (?:this )?ad\w*)?\.?|"
            r"continue reading below\.?|scroll (?:down )?to continue(?: reading)?\.?|"
            r"(?:please )?disable your ad ?blocker.{0,80}"
        ),
    ),
    (
        "newsletter prompt",
        (
            rf"(?:please |click here to |don.t forget to )?(?:subscribe|sign[ -]?up|"
            rf"join|register)\b"
            rf"(?:.{{0,160}}\b{_LETTER}\b.{{0,120}}|(?: (?:now|here|today|free))*[!.]?)"
        ),
    ),
    (
        "newsletter prompt",
        (
            rf"(?:get|receive|stay|want)\b.{{0,120}}(?:\b{_LETTER}\b|newsletter|up to date|"
            r"latest news|our (?:stories|best))\b.{0,80}(?:subscribe|sign up|your inbox|"
            r"your device|notifications|newsletter)\b.{0,60}"
        ),
    ),
    (
        "newsletter prompt",
        (
            r"(?:enter |your )?e-?mail address\s*:?\*?|(?:daily |weekly )?newsletter|"
            r"(?:подпишитесь|подписывайтесь)\b.{0,140}|"
            r"подписаться(?: на (?:наш|рассылк|канал|новост|обновлен).{0,120})?|"
            # "اشترك" begins sentences too ("took part"): it must name a letter or a channel.
            r"(?:اشترك(?:وا)?|إشترك|سج[ّ]?ل|للاشتراك)\s.{0,60}"
            r"(?:نشرت|النشرة|بريد|قناتنا|القناة|التنبيهات|الإشعارات|جديدنا).{0,80}|"
            r"(?:abonnez-vous|inscrivez-vous|suscr[íi]bete|reg[íi]strate|abonnieren sie)\b.{0,140}"
        ),
    ),
    (
        "pointer to other stories",
        (
            r"(?:read (?:more|also|next|full story|the full (?:story|article))|also read|see also|"
            r"related(?: (?:stories|articles?|posts|news|topics|content|"
            r"coverage|video)s?)?|more on "
            r"this(?: (?:story|topic))?|more (?:stories|news|from)|most (?:read|popular|viewed)|"
            r"recommended(?: (?:for you|stories|reading))?|you (?:may|might) (?:also )?(?:like|be "
            r"interested in)|don.t miss|watch (?:also|next|more)|also watch|"
            r"up next|trending(?: now)?|"
            r"editor.?s.? picks?|top stories|"
            r"читайте также|читать (?:далее|также|полностью)|смотрите также|по теме|подробнее|"
            r"اقرأ أيضا?ً?|إقرأ أيضا?ً?|اقرأ المزيد|اقرا ايضا|شاهد أيضا?ً?|مواضيع ذات صلة|"
            r"أخبار ذات صلة|المزيد|"
            r"lire aussi|à lire aussi|voir aussi|lea tambi[ée]n|leer m[áa]s|ver tambi[ée]n|"
            r"te puede interesar|lesen sie auch|mehr zum thema|auch interessant|"
            r"leia (?:mais|também)|"
            r"leggi anche|ayrıca okuyun|بیشتر بخوانید)"
            r"(?:\s*[:»>…|/–-]+\s*.{0,200}|\s*\.{0,3})"
        ),
    ),
    (
        "cookie notice",
        (
            r".{0,60}\b(?:(?:we|site|website|page) uses? cookies|use of cookies|accept (?:all )?"
            r"cookies|cookies? (?:policy|settings|preferences|consent)|cookies? (?:to|for) "
            r"(?:improve|personali[sz]e|analy[sz]e|provide|ensure|enhance))\b.{0,200}"
        ),
    ),
    (
        "cookie notice",
        (
            r"(?:accept|reject|manage|allow)(?: all)? cookies\.?|cookies?|"
            r".{0,80}использу\w+.{0,40}\b(?:cookies?|куки)\b.{0,120}|"
            r".{0,80}ملفات (?:تعريف الارتباط|الكوكيز).{0,120}"
        ),
    ),
    (
        "copyright line",
        (
            r"(?:©|\(c\)\s*(?:19|20)\d\d|copyright\s*(?:©|\(c\)|(?:19|20)\d\d|by\b)|"
            r"все права защищены|جميع الحقوق محفوظة).{0,200}|"
            r".{0,120}\ball rights reserved\b\.?.{0,80}"
        ),
    ),
    (
        "comments prompt",
        (
            r"(?:leave (?:a|your) (?:comment|reply)|(?:post|add|"
            r"write) a comment|no comments(?: yet)?|"
            r"comments? (?:are )?(?:closed|off)|(?:view|show|read) (?:all )?(?:\d+ )?comments?|"
            r"comments?(?: ?\(\d+\))?|be the first to comment|join the (?:conversation|discussion)|"
            r"оставить комментарий|комментарии|أضف تعليق(?:ا|اً|ك)?|التعليقات|اترك تعليقا?ً?|"
            r"kommentare|commentaires|comentarios)\s*[!.:]?"
        ),
    ),
    (
        "follow prompt",
        (
            rf"(?:follow|like|find|join|watch|add) us on (?:{_NETWORK}|social|"
            rf"our|google)\b.{{0,120}}|"
            rf"follow us\W{{0,3}}|follow @?\w+ on {_NETWORK}\.?|"
            r"(?:تابعونا|تابعنا)(?: على)?\b.{0,80}|"
            r"(?:читайте|следите за|присоединяйтесь к) на[мс]\b.{0,100}"
        ),
    ),
    (
        "topics",
        (
            r"(?:topics?|tags?|filed under|keywords|more about|schlagw(?:ö|oe)rter|themen|"
            r"etiquetas|mots[- ]cl[ée]s|теги|метки|الوسوم|كلمات (?:مفتاحية|دلالية))\s?:.{1,220}"
        ),
    ),
    (
        "disclaimer",
        (
            r".{0,40}\b(?:views?|opinions?)\b.{0,90}\b(?:do(?:es)? not|don.t|not necessarily|are)\b"
            r".{0,30}(?:reflect|represent|those of|his own|her own|their own|author.s)\b.{0,120}|"
            r"(?:الآراء|التعليقات|المقالات)\s.{0,60}(?:لا تعبر|تعبر عن).{0,140}|"
            r".{0,40}мнени[ея] .{0,60}не совпада.{0,100}|"
            r"el contenido de los comentarios\b.{0,160}"
        ),
    ),
    (
        "player controls",
        (
            r"(?:this is a modal window\b.{0,120}|"
            r"(?:descriptions|subtitles|captions) off, selected|chapters|fullscreen|"
            r"thumbnails|play video|video player is loading|current time\b.{0,20}|"
            r"\d{1,3} (?:of|/) \d{1,3}|slideshow|enlarge this image|(?:toggle|hide) caption)\.?"
        ),
    ),
    (
        "navigation",
        (
            r"(?:skip to (?:main )?(?:content|navigation)|back to (?:top|home|news)|"
            r"home|menu|search|log ?in|sign in|print(?: this)?(?: page)?|previous(?: (?:article|"
            r"post))?|"
            r"next(?: (?:article|post))?|loading(?: comments)?(?:\.{3}|…)?|close|main menu|"
            r"toggle navigation|"
            r"الرئيسية|القائمة|بحث|главная|меню|поиск|войти|наверх)"
        ),
    ),
)
MAX_LINES = 20_000
"""Lines of a story that the rules look at; stories are shorter."""
_COMPILED = tuple((why, re.compile(pattern, re.IGNORECASE)) for why, pattern in _RULES)


def why(line: str) -> str | None:
    """The reason to take this line out of a story, or None if it may stay."""
    line = " ".join(line.split())
    if not line or len(line) > LONGEST:
        return None
    for reason, pattern in _COMPILED:
        if pattern.fullmatch(line):
            return reason
    return None


def sort_out(blocks: Iterable[str]) -> tuple[list[str], list[Removed]]:
    """Blocks of a story without furniture, and what was taken out, line by line, in order."""
    kept: list[str] = []
    removed: list[Removed] = []
    seen = 0
    for block in blocks:
        lines: list[str] = []
        for line in block.split("\n"):
            seen += 1
            reason = why(line) if seen <= MAX_LINES else None
            if reason is None:
                lines.append(line)
            else:
                removed.append(Removed(line.strip(), reason))
        if any(line.strip() for line in lines):
            kept.append("\n".join(lines).strip())
    return kept, removed
