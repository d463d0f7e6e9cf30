"""What addons ship is what data/ says."""

import csv
import importlib.util
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _generator():
    spec = importlib.util.spec_from_file_location("generate_data", ROOT / "scripts" / "generate_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_addons_carry_what_data_says():
    assert _generator().differing() == [], "run scripts/generate_data.py"


def test_a_correction_in_data_is_noticed(tmp_path):
    generator = _generator()
    generator.ROOT = tmp_path
    assert set(generator.differing()) == set(generator.outputs())


def test_missioni_and_programmi_of_the_decree():
    generator = _generator()
    missioni = [row["codice"] for row in generator.read("codici/missioni.csv")]
    assert missioni == [f"{n:02}" for n in (*range(1, 21), 50, 60, 99)]
    programmi = [row["codice"] for row in generator.read("codici/programmi.csv")]
    assert len(set(programmi)) == len(programmi)
    assert {code[:2] for code in programmi} == set(missioni)


def test_the_demo_budget_balances_every_year():
    """TUEL art. 162 c.6; and the reserve fund is between 0.30% and 2% of current spending (166)."""
    with open(ROOT / "data/comune-demo/peg.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for year in (2026, 2027, 2028):
        column = f"stanziamento_{year}"
        total = {side: sum(Decimal(row[column]) for row in rows if row["lato"] == side) for side in "EU"}
        assert total["E"] == total["U"], year
    current = [row for row in rows if row["lato"] == "U" and row["pdc"].startswith("1.")]
    reserve = sum(Decimal(row["stanziamento_2026"]) for row in current if row["missione_programma"] == "20.01")
    spending = sum(Decimal(row["stanziamento_2026"]) for row in current)
    assert spending * Decimal("0.003") <= reserve <= spending * Decimal("0.02")
