"""Rules of the house that no linter knows, each read from the source itself."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "mediacatalog"
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted((PACKAGE / "web" / "static").rglob("*.js"))

MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60

STARTERS = re.compile(
    r"subprocess\.(run|call|check_\w+|getoutput|getstatusoutput|Popen)"
    r"|os\.(system|popen|startfile|fork\w*|exec\w+|spawn\w+|posix_spawnp?)"
    r"|pty\.\w+|asyncio\.create_subprocess_\w+"
)


def inside(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


@functools.cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def dotted(node: ast.AST) -> str:
    """`os.environ` of the expression `os.environ`; empty for anything but names and dots."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


@functools.cache
def uses(module: Path) -> list[tuple[int, str]]:
    """Every dotted name that a module reads or imports, with its line."""
    return list(_uses(module))


def _uses(module: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.lineno, dotted(node)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("module", MODULES, ids=inside)
def test_a_module_fits_in_a_head(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@pytest.mark.parametrize("module", MODULES, ids=inside)
def test_a_function_fits_on_a_screen(module: Path) -> None:
    if "migrations" in module.parts:
        return  # a migration is a list of tables
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


def test_queries_are_written_in_the_catalogue_only() -> None:
    found = [
        f"{inside(module)}:{node.lineno}"
        for module in MODULES
        if not inside(module).startswith("catalog/")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and (dotted(node.func) == "select" or dotted(node.func).endswith("sqlalchemy.select"))
    ]
    assert found == []


MAY_START = {
    "media/runner.py",
    "media/launching.py",  # the runner's: the process that becomes its tools
    "media/sandbox.py",  # sees whether bubblewrap works, on /usr/bin/true
    "media/confinement.py",  # the runner's launcher: becomes the program that it confines
    "media/breakout.py",  # tries to, from inside a sandbox
}


def test_processes_start_in_the_runner_only() -> None:
    """Others may name a process in a type, or catch its errors, but start none."""
    called = [
        (module, node.lineno, dotted(node.func))
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
    ]
    imported = [
        (module, line, name)
        for module in MODULES
        for line, name in uses(module)
        if name.startswith("subprocess.") and name != "subprocess.Popen"
    ]
    found = [
        f"{inside(module)}:{line} {name}"
        for module, line, name in [*called, *imported]
        if inside(module) not in MAY_START and STARTERS.fullmatch(name)
    ]
    assert found == []


def test_the_environment_is_read_in_the_settings_only() -> None:
    found = [
        f"{inside(module)}:{line}"
        for module in MODULES
        if inside(module) != "settings.py"
        for line, name in uses(module)
        if name in {"os.environ", "os.getenv", "os.putenv", "os.environb"}
    ]
    assert found == []


def test_opencv_is_never_given_a_file_name() -> None:
    by_name = {"VideoCapture", "VideoWriter", "imread", "imreadmulti", "imwrite", "imcount"}
    found = [
        f"{inside(module)}:{line} {name}"
        for module in MODULES
        for line, name in uses(module)
        if name.split(".")[-1] in by_name
    ]
    assert found == []


def test_ffmpeg_python_never_runs_anything() -> None:
    found = [
        f"{inside(module)}:{line} {name}"
        for module in MODULES
        for line, name in uses(module)
        if name in {"ffmpeg.run", "ffmpeg.run_async", "ffmpeg.probe"}
    ]
    assert found == []


def test_the_decoder_library_is_loaded_in_the_child_only() -> None:
    """What the decoder process imports may import PyAV; what pages and workers import may not."""
    openers = [
        f"{inside(module)}:{line}"
        for module in MODULES
        for line, name in uses(module)
        if name == "av.open"
    ]
    assert all(place.startswith("media/") for place in openers)


def test_modules_log_and_do_not_print() -> None:
    found = [
        f"{inside(module)}:{node.lineno}"
        for module in MODULES
        if not inside(module).startswith("cli/")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]
    assert found == []


def test_tests_replace_nothing_of_ours_by_a_mock() -> None:
    found = [
        path.name
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest.mock"))
        or (isinstance(node, ast.Import) and any("mock" in one.name for one in node.names))
    ]
    assert found == []


BROWSER_TESTS = [
    path
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if "playwright" in path.read_text(encoding="utf-8") and path.name != "test_structure.py"
]
LOOKS_ONCE = set(
    "evaluate count inner_text text_content input_value get_attribute is_visible is_hidden "
    "is_checked is_enabled all_inner_texts url".split()
)
HURRIES = {"sync_playwright", "set_default_timeout", "set_options", "wait_for_function"}


def test_browser_tests_wait_for_what_they_assert() -> None:
    """A page settles in its own time: `expect` and `tests/browser.py` wait, with one patience."""
    found = []
    for path in BROWSER_TESTS:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Assert):
                looks = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
                found += [f"{path.name}:{node.lineno} {one}" for one in looks & LOOKS_ONCE]
            elif isinstance(node, ast.Call):
                name = dotted(node.func).split(".")[-1] or getattr(node.func, "attr", "")
                impatient = name.startswith(("to_", "not_to_", "wait_for")) and any(
                    one.arg == "timeout" for one in node.keywords
                )
                if impatient or name in HURRIES:
                    found.append(f"{path.name}:{node.lineno} {name}")
    assert BROWSER_TESTS
    assert found == []


def test_no_template_switches_escaping_off() -> None:
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text), template.name


def test_no_template_holds_a_script_or_a_style() -> None:
    """The pages' policy forbids them, so they would silently do nothing."""
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\b(src|type=\"?application/json)\b)", text), template
        assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"", text), template.name


def test_no_page_asks_another_host_for_anything() -> None:
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"(src|srcset|action)=[\"']?(https?:)?//", text), template.name


def test_no_script_of_ours_writes_html() -> None:
    for script in STATIC:
        if "vendor" not in script.parts:
            text = script.read_text(encoding="utf-8")
            assert not re.search(r"\.(inner|outer)HTML\s*=|insertAdjacentHTML|\beval\(", text), (
                script.name
            )


def test_nothing_names_a_folder_of_somebodys_machine() -> None:
    homes = re.compile(r"(?<![\w.])/(home|Users|root|work)/\w")
    kinds = {".py", ".md", ".html", ".js", ".css", ".sh", ".toml", ".yml", ".yaml"}
    skipped = {".venv", "data", "demo", "node_modules"}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in ROOT.rglob("*")
        if path.suffix in kinds
        and not skipped & set(path.relative_to(ROOT).parts)
        and path != Path(__file__)
        and (match := homes.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []
