"""`./pa replay`: an invented municipality whose totals were worked out by hand, in the form of a real one's files."""

import json
import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "replay" / "comune-inventato"
TOTALS = {  # (chapter, year): impegnato, prenotato, liquidato
    ("100.1", 2026): ("520.00", "30.00", "400.00"),  # 400 + 120 of the 150 reserved
    ("100.1", 2027): ("100.00", "0.00", "0.00"),
    ("200", 2024): ("50.00", "0.00", "50.00"),
    ("300", 2023): ("500.00", "0.00", "40.00"),  # the sub takes room of its parent, not of the chapter
    ("400", 2025): ("35.00", "0.00", "25.00"),  # 10 printed, 25 approved: one more is supposed
    ("400", 2026): ("60.00", "0.00", "0.00"),
}
REFUSED = {4: "600,00", 5: "999", 6: "positive", 7: "no amount", 8: "BA9F67DF49", 9: "Accertamento", 15: "no commitment line"}


def replay(folder, database):
    from launcher import databases, paths

    command = databases.script_command(
        os.environ["PA_ODOO_RC"], database, paths.ROOT / "scripts" / "replay.py", folder, "--json"
    )
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)


@pytest.fixture(scope="module")
def report(module_database):
    done = replay(FOLDER, module_database)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rows_are_loaded_or_refused_with_the_reason(report):
    refused = {row["row"]: row["reason"] for row in report["rows_refused"]}
    assert set(refused) == set(REFUSED)
    for row, words in REFUSED.items():
        assert words in refused[row], refused[row]
    assert (report["rows_total"], report["rows_with_amount"], report["rows_loaded"]) == (22, 21, 15)


def test_totals_are_those_worked_by_hand(report):
    found = {(c["capitolo"], c["anno"]): (c["impegnato"], c["prenotato"], c["liquidato"]) for c in report["chapters"]}
    assert found == TOTALS


def test_what_is_supposed_is_told_apart_from_what_the_files_print(report):
    supposed = {(c["capitolo"], c["anno"]): c["supposed_impegnato"] for c in report["chapters"]}
    # 25 approved on 400/2025, whose act prints a commitment of 10: another one of 25 is supposed. The parent of the sub
    # on 300/2023 is printed in full, so nothing is supposed there.
    assert {key: amount for key, amount in supposed.items() if amount != "0.00"} == {("400", 2025): "25.00"}
    assert [row["id"] for row in report["rows_supposed"]] == ["8"]


def test_totals_agree_with_the_files(report):
    for chapter in report["chapters"]:
        for name in ("impegnato", "prenotato", "liquidato"):
            assert chapter[name] == chapter[f"expected_{name}"], chapter


def test_acts_numbers_and_reconciliation(report):
    assert report["acts"] == {
        "DeterminadiImpegno": 3, "DeterminadiLiquidazione": 3, "DeterminaaContrarre": 1, "DeliberadiGiunta": 1, "Determina": 1,
    }
    assert report["numbers"]["RG/2026"] == {"first": 8, "last": 15, "count": 8}
    assert report["numbers"]["DG/2026"] == {"first": 4, "last": 4, "count": 1}
    assert report["quadratura"] is True
    assert [p for p in report["problems"] if "no date" not in p] == []
    assert [row["row"] for row in report["peg_refused"]] == [8]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("righe.csv", None, "missing"), ("atti.csv", b"\x00\x01\x02", "cannot be read"), ("peg.csv", b"", "cannot be read")],
)
def test_a_broken_folder_is_said_in_one_sentence(tmp_path, odoo_database, name, content, words):
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = replay(tmp_path, odoo_database)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr and words in done.stderr
