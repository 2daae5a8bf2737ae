"""Films edited as news are, put together by ffmpeg's own filters, with known shot boundaries.

Of another kind than `timelines`, which the networks learned from: nothing of that generator is
used. Shots of half a second to three; wipes, slides, pushes, circles, dips to white; cuts between
two takes of one talk; and in the shots what news are full of and what is no boundary: camera
flashes, muzzle flashes, whip pans, shaking hands, pictures in the picture, lower thirds, a ticker,
a logo that fades, freezes, light amplifiers, upright video between blurred sides, black bars.
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np
from footage import Truth
from timelines import Film

if TYPE_CHECKING:
    from pathlib import Path

    from footage import Source

SIZE: Final = (640, 360)
RATE: Final = 25
_FROZEN: Final = 14  # frames for which a picture stands before it is cut

_GRADUALS: Final = {
    "dissolve": ("fade",),
    "fade": ("fadeblack", "fadewhite"),
    "wipe": ("wipeleft", "wiperight", "wipeup", "wipedown", "wipetl", "diagtl", "diagbr", "radial"),
    "shape": ("circleopen", "circleclose", "rectcrop", "vertopen", "horzclose", "hlslice"),
    "slide": ("slideleft", "slideright", "slideup", "slidedown", "smoothleft", "smoothup"),
    "effect": ("hblur", "pixelize", "zoomin", "squeezeh", "fadegrays"),
}
EVENTS: Final = (
    *("flashes", "muzzle", "whip", "shake", "night", "lower third", "inset", "freeze"),
    *("zoom", "upright", "bars", "grain"),
)
ENDINGS: Final = ("plain", "low bits", "fields", "telecine", "holes", "old codec")


@dataclass
class _Take:
    """One shot: a run of frames of a source, and what is done to it."""

    path: Path
    film: str
    first: int
    frames: int
    filters: list[str]


@dataclass(frozen=True)
class Newsreel:
    film: Film
    ending: str
    events: tuple[tuple[str, int, int], ...]
    """What happens within a shot: its name, and the shot's first frame and the one after it."""


def prepared(usable: list[Source], work: Path) -> list[tuple[Path, str, int]]:
    """Each run of one shot as a file of its own, with the film that it is of and its frames."""
    made = []
    for one in usable:
        for a, b in one.pieces():
            if b - a < 24:
                continue
            path = work / f"{one.film.replace(' ', '-')}-{a}.mkv"
            if not path.exists():
                wide, high = SIZE
                _ffmpeg(
                    *("-i", str(one.path), "-map", "0:v:0", "-an", "-fps_mode", "passthrough"),
                    *("-frames:v", str(min(b - a, 260))),
                    "-vf",
                    f"select='between(n,{a},{b - 1})',setpts=N/{RATE}/TB,"
                    f"scale={wide}:{high}:force_original_aspect_ratio=increase,"
                    f"crop={wide}:{high},setsar=1,format=yuv420p",
                    *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "8", str(path)),
                )
            made.append((path, one.film, _frames(path)))
    return made


def make(seed: int, ready: list[tuple[Path, str, int]], path: Path, shots: int = 24) -> Newsreel:
    """One film in Matroska; the ending says how it was delivered."""
    chance = random.Random(seed)
    ending = ENDINGS[seed % len(ENDINGS)]
    spark = path.with_name("spark.png")
    if not spark.exists():
        _spark(spark)
    takes, names = _takes(chance, ready, shots)
    joins = [_join(chance, a, b) for a, b in pairwise(takes)]
    truth, spans, total = _placed(takes, joins)
    graph, inputs = _graph(chance, takes, joins, spark)
    rate, tail, options, truth = _delivered(chance, ending, total, truth)
    _ffmpeg(
        *inputs,
        *("-filter_complex", f"{graph};[all]{_overlaid(chance, total)}{tail}[out]"),
        *("-map", "[out]", "-fps_mode", "passthrough", *options, str(path)),
    )
    film = Film(path, tuple(truth), _frames(path), total / RATE)
    if ending != "holes" and abs(film.frames - total * rate / RATE) > 2:
        raise ValueError(f"{path}: {film.frames} frames, not {total * rate / RATE}")
    factor = rate / RATE
    events = tuple(
        (name, int(a * factor), int(b * factor))
        for name, (a, b) in zip(names, spans, strict=True)
        if name
    )
    return Newsreel(film, ending, events)


def _takes(
    chance: random.Random, ready: list[tuple[Path, str, int]], shots: int
) -> tuple[list[_Take], list[str]]:
    takes: list[_Take] = []
    names: list[str] = []
    while len(takes) < shots:
        path, film, room = chance.choice(ready)
        if takes and takes[-1].film == film:
            continue
        frames = min(chance.choice((12, 16, 20, 25, 30, 38, 50, 75)), room)
        first = chance.randrange(room - frames + 1)
        look = [_view(chance)]
        name, event = _event(chance, frames)
        takes.append(_Take(path, film, first, frames, [*look, *event]))
        names.append(name)
        again = room - first - frames - 30
        if chance.random() < 0.12 and again > 20 and name in {"", "lower third"}:
            # The same talk, later, and closer by a fifth.
            closer = "crop=iw/1.25:ih/1.25:iw*0.1:ih*0.07,scale=640:360"
            start = first + frames + 30
            takes.append(_Take(path, film, start, min(again, 40), [*look, closer]))
            names.append("")
    return takes, names


def _view(chance: random.Random) -> str:
    part = chance.uniform(0.6, 1.0)
    x, y = chance.random() * (1 - part), chance.random() * (1 - part)
    flip = ",hflip" if chance.random() < 0.5 else ""
    light = (
        f"eq=brightness={chance.uniform(-0.08, 0.08):.3f}:contrast={chance.uniform(0.8, 1.2):.2f}"
        f":saturation={chance.uniform(0.6, 1.3):.2f}"
    )
    return f"crop=iw*{part:.3f}:ih*{part:.3f}:iw*{x:.3f}:ih*{y:.3f},scale=640:360{flip},{light}"


def _event(chance: random.Random, frames: int) -> tuple[str, list[str]]:
    """Its name and its filters, of which some are written out by `_graph`."""
    if frames < 20 or chance.random() < 0.35:
        return "", []
    name = chance.choice(EVENTS)
    at = chance.randrange(7, frames - 10)
    moving = {"flashes": _flashes, "whip": _whip, "shake": _shake, "lower third": _lower_third}
    if name in moving:
        return name, moving[name](chance, at, frames)
    return name, {
        "muzzle": ["spark:" + "+".join(f"eq(n,{at + 3 * n})" for n in range(3))],
        "night": [
            "eq=saturation=0:contrast=1.3:brightness=-0.12,noise=alls=45:allf=t",
            "colorchannelmixer=rr=0.3:gg=1:bb=0.35",
        ],
        "inset": [f"inset:{at}"],
        "freeze": [f"tpad=stop_mode=clone:stop={_FROZEN}"],
        "zoom": _zoom(at),
        "upright": ["upright"],
        "bars": ["drawbox=y=0:h=44:w=iw:color=black:t=fill,drawbox=y=316:h=44:t=fill"],
        "grain": ["noise=alls=28:allf=t"],
    }[name]


def _flashes(chance: random.Random, _at: int, frames: int) -> list[str]:
    times = sorted(chance.sample(range(5, frames - 5), 3))
    when = "+".join(f"between(n,{one},{one + chance.choice((0, 0, 1))})" for one in times)
    return [f"eq=brightness='0.55*min(1,{when})':eval=frame"]


def _whip(chance: random.Random, at: int, _frames: int) -> list[str]:
    way = f"clip((n-{at})/{chance.choice((5, 7, 9))},0,1)"
    return [
        f"scale=1152:648,crop=640:360:x='512*(1-cos(PI*{way}))/2':y=144",
        f"avgblur=sizeX=25:sizeY=1:enable='between(n,{at},{at + 6})'",
    ]


def _shake(chance: random.Random, _at: int, _frames: int) -> list[str]:
    a, b = chance.uniform(0.5, 1.3), chance.uniform(0.5, 1.7)
    x = f"64+40*sin(n*{a:.2f})+20*sin(n*{2.3 * a:.2f})"
    y = f"36+22*sin(n*{b:.2f})+12*sin(n*{1.9 * b:.2f})"
    return ["scale=768:432", f"crop=640:360:x='{x}':y='{y}'"]


def _lower_third(chance: random.Random, at: int, frames: int) -> list[str]:
    box = f"x=0:y=262:w={chance.choice((420, 640))}:h=66:color={_colour(chance)}@0.85:t=fill"
    words = "drawtext=text='Spokesman of the ministry':x=24:y=280:fontsize=26:fontcolor=white"
    when = f"enable='between(n,{at},{chance.choice((frames, at + 20))})'"
    return [f"drawbox={box}:{when}", f"{words}:{when}"]


def _zoom(at: int) -> list[str]:
    way = f"(0.19*clip((in-{at})/8,0,1))"
    left, top, right, low = f"W*{way}", f"H*{way}", f"W*(1-{way})", f"H*(1-{way})"
    places = [left, top, right, top, left, low, right, low]
    corners = ":".join(f"{'xy'[n % 2]}{n // 2}='{one}'" for n, one in enumerate(places))
    return [f"format=yuv420p,perspective={corners}:eval=frame"]


def _colour(chance: random.Random) -> str:
    return chance.choice(("white", "darkblue", "red", "black", "orange"))


def _join(chance: random.Random, before: _Take, after: _Take) -> tuple[str, str, int]:
    """Kind, name of the filter, frames."""
    if before.film == after.film:
        return "jump", "", 0
    room = min(_length(before), _length(after)) // 2 - 4
    if chance.random() < 0.62 or room < 5:
        return "cut", "", 0
    kind = chance.choices(tuple(_GRADUALS), (2, 1, 2, 1, 1, 1))[0]
    length = min(room, chance.choice((5, 8, 10, 12, 16, 22, 30)))
    return kind, chance.choice(_GRADUALS[kind]), length


def _length(take: _Take) -> int:
    frozen = any(one.startswith("tpad") for one in take.filters)
    return take.frames + (_FROZEN if frozen else 0)


def _placed(
    takes: list[_Take], joins: list[tuple[str, str, int]]
) -> tuple[list[Truth], list[tuple[int, int]], int]:
    """Boundaries, the frames of each shot, and how many there are."""
    at, truth, spans = _length(takes[0]), [], [(0, _length(takes[0]))]
    for take, (kind, _, frames) in zip(takes[1:], joins, strict=True):
        first = at - frames
        last = first if frames == 0 else at - 1
        truth.append(Truth(kind, first, last))  # type: ignore[arg-type]
        at = first + _length(take)
        spans.append((first, at))
    return truth, spans, at


def _graph(
    chance: random.Random, takes: list[_Take], joins: list[tuple[str, str, int]], spark: Path
) -> tuple[str, list[str]]:
    inputs: list[str] = []
    insets: list[str] = []
    parts: list[str] = []
    even = f"fps={RATE},settb=1/{RATE},setsar=1,format=yuv420p"
    for n, take in enumerate(takes):
        inputs += ["-ss", f"{take.first / RATE:.4f}", "-i", str(take.path)]
        now = f"[{n}:v]trim=end_frame={take.frames},setpts=N/{RATE}/TB"
        for made in take.filters:
            name, _, given = made.partition(":")
            if name == "spark":
                place = f"x={chance.randrange(-80, 480)}:y={chance.randrange(-60, 220)}"
                parts += [f"{now}[b{n}]", f"movie={spark}[s{n}]"]
                now = f"[b{n}][s{n}]overlay={place}:enable='{given}'"
            elif name == "inset":
                other = chance.choice([one for one in takes if one.film != take.film])
                number = len(takes) + len(insets) // 4
                insets += ["-ss", f"{other.first / RATE:.4f}", "-i", str(other.path)]
                lasting = f"setpts=N/{RATE}/TB,tpad=stop_mode=clone:stop=200"
                parts += [f"{now}[b{n}]", f"[{number}:v]{lasting},scale=224:126[i{n}]"]
                now = f"[b{n}][i{n}]overlay=396:20:shortest=1:enable='gte(n,{given})'"
            elif name == "upright":
                parts += [
                    f"{now},split[b{n}][c{n}]",
                    f"[b{n}]avgblur=sizeX=18,eq=brightness=-0.15[d{n}]",
                    f"[c{n}]crop=202:360[e{n}]",
                ]
                now = f"[d{n}][e{n}]overlay=219:0"
            else:
                now += f",{made}"
        # Some filters end with their last frame's beginning, which `fps` then leaves out.
        length = f"tpad=stop_mode=clone:stop=3,{even},trim=end_frame={_length(take)}"
        parts.append(f"{now},{length}[t{n}]")
    before, at = "[t0]", _length(takes[0])
    for n, (_, name, frames) in enumerate(joins, 1):
        after = "[all]" if n == len(joins) else f"[j{n}]"
        if frames:
            offset = f"offset={(at - frames) / RATE:.4f}"
            done = f"xfade=transition={name}:duration={frames / RATE:.4f}:{offset}"
        else:
            done = "concat=n=2:v=1:a=0"
        parts.append(f"{before}[t{n}]{done},{even}{after}")
        before, at = after, at - frames + _length(takes[n])
    return ";".join(parts), [*inputs, *insets]


def _overlaid(chance: random.Random, total: int) -> str:
    """A logo that comes and goes and a ticker, over the cuts."""
    layers = []
    if chance.random() < 0.5:
        at = total // 2
        layers.append(
            "drawtext=text='LIVE 7':x=520:y=24:fontsize=30:fontcolor=white:box=1:boxcolor=red:"
            f"alpha='if(lt(n,{at}),min(1,n/20),max(0,1-(n-{at})/20))'"
        )
    if chance.random() < 0.5:
        layers += [
            f"drawbox=y=326:h=34:w=iw:t=fill:color={_colour(chance)}",
            "drawtext=text='" + "Talks go on in the capital  +++  " * 12 + "'"
            ":y=332:x='640-n*5':fontsize=22:fontcolor=gray",
        ]
    return "".join(f"{one}," for one in layers)


def _delivered(
    chance: random.Random, ending: str, total: int, truth: list[Truth]
) -> tuple[Fraction, str, list[str], list[Truth]]:
    """Frames a second, the last filters, how it is encoded, and where boundaries are then."""
    rate, tail = Fraction(RATE), "null"
    options = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(chance.choice((20, 26)))]
    if ending == "low bits":
        options = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "300k", "-g", "250"]
    elif ending == "old codec":
        options = ["-c:v", "mpeg2video", "-b:v", "1500k", "-g", "15"]
    elif ending == "fields":  # 25 frames of two fields, made 50 frames by whoever posted it again
        tail, rate = "fps=50", Fraction(50)
        truth = [Truth(o.kind, 2 * o.first, 2 * o.last + (o.last > o.first)) for o in truth]
    elif ending == "telecine":
        tail, rate = "settb=1/24,setpts=N,telecine=pattern=23,settb=1/30,setpts=N", Fraction(125, 4)
        truth = [Truth(o.kind, round(o.first * 1.25), round(o.last * 1.25)) for o in truth]
    elif ending == "holes":
        kept = _kept(chance, total)
        gone = sorted(set(range(total)) - set(kept))
        terms = [f"eq(round(t*{RATE}),{one})" for one in gone]
        parts = [terms[n : n + 50] for n in range(0, len(terms), 50)]  # 100 are too deep for it
        tail = ",".join(f"select='not({'+'.join(part)})'" for part in parts)
        place = np.array(kept)
        truth = [_left(one, place) for one in truth]
    return rate, tail, options, truth


def _kept(chance: random.Random, total: int) -> list[int]:
    every, left, kept = chance.choice((0, 4, 7)), 0, []
    for n in range(total):
        if left == 0 and chance.random() < 1 / 80:
            left = chance.randrange(3, 16)
        left = max(0, left - 1)
        if not left and not (every and n % every == every - 1) and chance.random() > 0.06:
            kept.append(n)
    return kept


def _left(one: Truth, place: np.ndarray) -> Truth:
    first = int(np.searchsorted(place, one.first))
    last = int(np.searchsorted(place, one.last, "right")) - 1
    if one.kind in {"cut", "jump"} or last <= first:
        return Truth(one.kind if one.kind == "jump" else "cut", first, first)
    return Truth(one.kind, first, last)


def _spark(path: Path) -> None:
    y, x = np.mgrid[-130:130, -130:130] / 60.0
    light = np.exp(-(x**2 + y**2))
    made = np.dstack([light * 0 + 170, light * 0 + 235, light * 0 + 255, 255 * light])
    cv2.imwrite(str(path), made.astype(np.uint8))


def _frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)
