"""The corpus of the fuzzer gives the verdicts that its names say, and random changes of it break no rule."""

import importlib.util
import random
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
_spec = importlib.util.spec_from_file_location("fuzz_verify", ROOT / "scripts" / "fuzz_verify.py")
fuzz = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fuzz)
CORPUS = Path(__file__).with_name("corpus")
NAMES = sorted(path.name for path in CORPUS.glob("*_*"))


@pytest.fixture(scope="module")
def rules():
    return fuzz.Rules(CORPUS)


@pytest.mark.parametrize("name", NAMES)
def test_corpus(rules, name):
    expected = name.split("_")[0].replace("notvalid", "not_valid")
    report = rules.verify(rules.seeds[name])
    assert report["verdict"] == expected, report["reasons"]
    assert rules.broken(rules.seeds[name]) == ""


@pytest.mark.parametrize("name", NAMES)
def test_random_changes(rules, name):
    rng, others = random.Random(name), list(rules.seeds.values())
    for _run in range(15):
        data = fuzz.mutate(rules.seeds[name], rng, others)
        assert rules.broken(data) == "", data.hex()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("valid_") and name.endswith((".pdf", ".xml"))])
def test_well_formed_changes(rules, name):
    """Revisions and elements added by whoever knows the form: what shows something else is not valid."""
    rng = random.Random(name)
    for _run in range(40):
        data = fuzz.structure().change(rules.seeds[name], rng)
        assert rules.shown_otherwise(name, data) == "", data.hex()
