"""What `./pa bench` says about its figures."""

import importlib
import json
import os
import re

import pytest


@pytest.fixture
def report(monkeypatch):
    from conftest import ROOT

    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("scripts.measures.report")


def line(ratio, aim, **more):
    """A measure as `clock.measure` gives it."""
    return {
        "what": "one thing", "ours": "ours", "ours_seconds": ratio, "against": "theirs",
        "against_seconds": 1.0, "ratio": ratio, "aim": aim, **more,
    }


@pytest.fixture
def result():
    return {
        "date": "2026-01-01", "scale": 1,
        "machine": {"cores": 2, "processor": "x", "python": "3", "postgresql": "18", "load": 0.1},
        "items": {
            "a": [line(1.4, 1.5), line(1.6, 1.5, queries=3, against_queries=2)],
            "b": [line(7.0, None)],
            "d": [line(0.04, 0.05), line(0.06, 0.05)],
        },
    }


def test_every_aim_is_judged(report, result):
    verdicts = [cells[5] for _item, cells in report.rows(result)]
    assert verdicts == ["reached", "not reached", "shown", "reached", "not reached"]
    ratios = [cells[3] for _item, cells in report.rows(result)]
    assert ratios == ["1.40", "1.60", "7.00", "1/25", "1/17"]


def test_every_item_has_its_title_and_every_aim_its_words(report, result):
    from conftest import ROOT

    items = re.findall(r'^    "(\w)": lambda', (ROOT / "scripts" / "bench.py").read_text(), re.MULTILINE)
    assert items == list(report.TITLES)
    result["items"] = {"h": [line(0.1, 0.2), line(0.3, 0.2)]}
    assert [(cells[4], cells[5]) for _item, cells in report.rows(result)] == [("≤ 1/5", "reached"), ("≤ 1/5", "not reached")]
    assert "(h) A batch signed" in report.as_text(result)


def test_remarks_survive_the_next_run(report, result, tmp_path):
    report.keep(result, tmp_path)
    page = tmp_path / "docs" / "bench.md"
    page.write_text(page.read_text() + "\n## Remarks\n\nWhy (a) is what it is.\n")
    report.keep(result, tmp_path)
    assert page.read_text().count("Why (a) is what it is.") == 1
    assert json.loads((tmp_path / "docs" / "bench.json").read_text()) == result


def test_every_item_runs_whole(report, odoo_database, capfd):
    """Small figures mean nothing, but each item must still find its way through procedures that the law allows."""
    from conftest import ROOT

    from launcher import bench

    kept = (ROOT / "docs" / "bench.json").read_bytes()
    status = bench.measure(os.environ["PA_TEST_TEMPLATE"], odoo_database, True, ["--scale", "0.002"])
    printed, errors = capfd.readouterr()
    assert status == 0, errors[-4000:]
    items = json.loads(printed[printed.index("{") :])["items"]
    assert list(items) == list(report.TITLES)
    for lines in items.values():
        assert lines and all(each["ours_seconds"] > 0 and each["against_seconds"] > 0 for each in lines)
    assert (ROOT / "docs" / "bench.json").read_bytes() == kept  # only a whole run is kept
