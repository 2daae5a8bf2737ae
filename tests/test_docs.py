"""The documentation is true to the code: commands, settings, states, exit codes, links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from mediacatalog import captions
from mediacatalog.cli import FAILED, LOCKED, PARTLY, main
from mediacatalog.ingest.listing import FOOTAGE
from mediacatalog.ingest.pipeline import STAGES
from mediacatalog.search.query import FIELDS
from mediacatalog.settings import PREFIX, Settings
from mediacatalog.values import State
from mediacatalog.web.problems import ADVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def commands(group: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        for part, command in group.commands.items():
            yield from commands(command, f"{name} {part}")
    else:
        yield name, group


COMMANDS = dict(commands(main, "mediacatalog"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_in_operations(name: str) -> None:
    assert re.search(rf"`{name}[ `]", page("operations.md"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name: str) -> None:
    assert COMMANDS[name].help


def test_no_command_is_documented_that_is_not_there() -> None:
    for path in PAGES:
        for line in re.findall(r"`(?:\.venv/bin/)?mediacatalog ([^`]+)`", path.read_text("utf-8")):
            words = [word for word in line.split() if re.fullmatch(r"[a-z]+", word)]
            first = " ".join(["mediacatalog", *words[:1]])
            known = [name for name in COMMANDS if f"{name} ".startswith(f"{first} ")]
            assert known or not words, f"{path.name}: {line}"


def test_every_documented_option_is_there() -> None:
    options = {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        for option in parameter.opts
    } | {"--help"}
    tables = "\n".join(line for line in page("operations.md").splitlines() if "|" in line)
    assert set(re.findall(r"(--[a-z]+(?:-[a-z]+)*)", tables)) <= options


def row(name: str, field: FieldInfo) -> str:
    default = str(field.default)
    shown = f"`./{default}`" if isinstance(field.default, Path) else f"`{default}`"
    return f"| `{PREFIX}{name.upper()}` | {shown if default else 'none'} | {field.description} |"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    found = [line for line in page("operations.md").splitlines() if f"| `{PREFIX}" in line]
    rows = [line for line in found if line.startswith(f"| `{PREFIX}")]
    assert rows == [row(name, field) for name, field in Settings.model_fields.items()]


def test_no_setting_is_documented_that_is_not_there() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "CONFIG"}
    others = (ROOT / "docker-compose.yml", ROOT / "Dockerfile")
    for path in (*PAGES, *others):
        named = set(re.findall(rf"{PREFIX}[A-Z_]+", path.read_text(encoding="utf-8")))
        assert named <= known, path.name


def test_every_exit_code_is_in_operations() -> None:
    for code in (0, FAILED, click.UsageError.exit_code, PARTLY, LOCKED):
        assert re.search(rf"^\| {code} \|", page("operations.md"), re.MULTILINE)


def test_every_status_of_an_error_is_in_operations() -> None:
    for status in ADVICE:
        assert re.search(rf"^\| {status} \|", page("operations.md"), re.MULTILINE), status


@pytest.mark.parametrize("state", State)
def test_a_state_is_in_the_user_guide(state: State) -> None:
    assert re.search(rf"^\| `{state.value}` \|", page("user-guide.md"), re.MULTILINE)


@pytest.mark.parametrize("field", FIELDS.values())
def test_a_field_of_the_query_language_is_in_the_user_guide(field: str) -> None:
    names = [name for name, facet in FIELDS.items() if facet == field]
    assert any(f"`{name}:" in page("user-guide.md") for name in names)


def test_every_key_of_the_player_is_in_the_user_guide() -> None:
    script = ROOT / "src" / "mediacatalog" / "web" / "static" / "keys.js"
    rows = re.search(r"const HELP = \[(.*?)\n\];", script.read_text(encoding="utf-8"), re.DOTALL)
    assert rows
    lines = re.findall(r"^ +\[(\".+)\],?$", rows[1], re.MULTILINE)
    keys = {key for line in lines for key in re.findall(r'"([^"]+)"', line)[:-1]}
    keys -= {"Play", "Mark", "View"}
    assert len(keys) > 15
    assert [key for key in sorted(keys) if f"`{key}`" not in page("user-guide.md")] == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_in_the_architecture(stage: str) -> None:
    assert re.search(rf"^  {stage}\b", page("architecture.md"), re.MULTILINE)


def test_the_suffixes_of_footage_in_formats_are_those_of_the_watcher() -> None:
    named = re.search(r"suffixes of footage \(`([^`]+)`", page("formats.md"))
    assert named
    assert {suffix.lstrip(".").encode() for suffix in named[1].split()} <= FOOTAGE


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for path in PAGES:
        named = set(
            re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
        )
        assert {one or other for one, other in named} <= targets, path.name


def test_the_readme_opens_with_the_commands() -> None:
    top = (ROOT / "README.md").read_text(encoding="utf-8")[:700]
    assert top.index("make run") < top.index("make demo") < top.index("make test")


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_suffix_of_a_caption_format_is_in_formats() -> None:
    for reader in captions.READERS.values():
        for suffix in reader.suffixes:
            assert f"`{suffix}`" in page("formats.md")
