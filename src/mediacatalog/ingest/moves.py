"""Which known file went where: moves, renames and swaps within one root, told without reading.

A file keeps its inode, size and time when it is renamed. Whatever can't be told so is read again
and recognised by its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediacatalog.values import State

if TYPE_CHECKING:
    from mediacatalog.catalog.holdings import Known, Seen

MANY = 20
"""Fewer files with new inodes are looked at one by one."""


def moved_to(known: dict[bytes, Known], seen: dict[bytes, Seen]) -> dict[str, bytes]:
    """New paths of sightings by their id; several may have changed places with each other.

    A sighting moves only to a path that is free, or whose own sighting moves away, too.
    """
    by_key: dict[tuple[str, int, int], list[bytes]] = {}
    for path, one in seen.items():
        at = known.get(path)
        if at is None or _key(at) != _seen_key(one):
            by_key.setdefault(_seen_key(one), []).append(path)
    moves: dict[str, bytes] = {}
    for path, sighting in known.items():
        here = seen.get(path)
        stays = here is not None and _seen_key(here) == _key(sighting)
        found = by_key.get(_key(sighting))
        if found and not stays and sighting.state != State.RUNNING:
            moves[sighting.id] = found.pop()
    while blocked := _blocked(moves, known):
        for sighting_id in blocked:
            del moves[sighting_id]
    return moves


def _blocked(moves: dict[str, bytes], known: dict[bytes, Known]) -> list[str]:
    return [one for one, path in moves.items() if path in known and known[path].id not in moves]


def is_other_file(known: Known, one: Seen) -> bool:
    """Whether the bytes may be others although size and time are the same.

    The inode is another, or was changed since (as by writing and setting the time back, but also
    by a change of its owner or mode): only reading tells.
    """
    touched = known.ctime_ns is not None and known.ctime_ns != one.ctime_ns
    return known.inode != str(one.inode) or touched


def renumbered(known: dict[bytes, Known], seen: dict[bytes, Seen]) -> bool:
    """Whether most files look like others at once: a mount, or a change of all owners or modes.

    Some file systems give new inodes at every mount; nobody replaces so many files without a trace.
    """
    same = [one for path, one in seen.items() if path in known and known[path].looks == one.looks]
    other = sum(is_other_file(known[one.path], one) for one in same)
    return other > MANY and 2 * other > len(same)


def _key(one: Known) -> tuple[str, int, int]:
    return (one.inode, *one.looks)


def _seen_key(one: Seen) -> tuple[str, int, int]:
    return (str(one.inode), *one.looks)
