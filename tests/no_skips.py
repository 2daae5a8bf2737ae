"""A pytest plugin for CI: a skipped test is a failure, unless README.md names its reason.

Loaded by tools/test.sh with `-p tests.no_skips` when CI=true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

ALLOWED = ("the folder of sample files isn't beside this checkout",)
"""Reasons that README.md names."""

_refused: list[str] = []


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected = hasattr(report, "wasxfail")
    if report.skipped and not expected and not any(one in _reason(report) for one in ALLOWED):
        _refused.append(f"{report.nodeid}: {_reason(report)}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if _refused:
        terminalreporter.section("skipped, which CI doesn't allow")
        for line in _refused:
            terminalreporter.line(line)
