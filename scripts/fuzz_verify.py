"""Fuzz the verification of signed documents: nothing raises, nothing hangs, nothing else than what was signed is valid.

    python scripts/fuzz_verify.py [--entry NAME] [--seconds N] [--seed N] [--keep FOLDER] [--plain]

Starts from the corpus of the tests (addons/pa_firma/tests/pure/corpus). With atheris it is guided by coverage (`./pa soak`
installs it and runs every entry); without it, or with --plain, it changes the corpus at random, and by well-formed changes
whose meaning is known (`fuzz_structure`). What breaks a rule is written in the current folder as `fuzz-….bin`.
"""

import argparse
import datetime as dt
import hashlib
import importlib.util
import json
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "addons" / "pa_firma" / "tools"
CORPUS = ROOT / "addons" / "pa_firma" / "tests" / "pure" / "corpus"
AT = dt.datetime(2026, 12, 1, tzinfo=dt.timezone.utc)
SLOW = 10
# What reads each kind of file, by the names of the corpus that lead to it.
ENTRIES = {
    "pdf": ("*.pdf",),
    "cms": ("*.p7m",),
    "tsd": ("*.tsd", "*.tsr"),
    "m7m": ("*.m7m",),
    "xml": ("*.xml",),
    "asic": ("*.asics", "*.asice"),
}


def load_document():
    """The module under test, without Odoo."""
    if "pa_firma_tools" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "pa_firma_tools", TOOLS / "__init__.py", submodule_search_locations=[str(TOOLS)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["pa_firma_tools"] = package
        spec.loader.exec_module(package)
    from pa_firma_tools import document

    logging.disable(logging.CRITICAL)
    return document


def _seeds(corpus, entry=None):
    """Files of the corpus, whose names begin with their verdict: all of them, or those of one entry."""
    return sorted(path for pattern in ENTRIES.get(entry, ("*",)) for path in corpus.glob(f"*_{pattern}"))


def structure():
    """`fuzz_structure`, read late: what it imports must be imported by atheris before, to be guided."""
    sys.path[:0] = [] if str(ROOT / "scripts") in sys.path else [str(ROOT / "scripts")]
    import fuzz_structure

    return fuzz_structure


class Rules:
    """What must hold for any bytes."""

    def __init__(self, corpus=CORPUS, entry=None):
        self.document = load_document()
        self.trust = [(corpus / "root.pem").read_bytes()]
        self.originals = [path.read_bytes() for path in sorted(corpus.glob("original.*"))]
        self.shown = {}
        self.seeds = {path.name: path.read_bytes() for path in _seeds(corpus, entry)}

    def verify(self, data, original=None):
        return self.document.verify_document(data, original=original, trust=self.trust, at=AT)

    def broken(self, data):
        """The rule that these bytes break, or an empty string."""
        begun = time.monotonic()
        try:
            report = self.verify(data)
        except Exception as error:
            return f"raised {type(error).__name__}: {error}"
        if time.monotonic() - begun > SLOW:
            return f"took {time.monotonic() - begun:.0f} s"
        if report["verdict"] not in ("valid", "not_valid", "undetermined"):
            return f"verdict {report['verdict']}"
        try:
            json.dumps(report)
        except (TypeError, ValueError) as error:
            return f"not JSON: {error}"
        if report["verdict"] == "valid" and not self._is_what_was_signed(data):
            return "valid, but it is not what was signed"
        if report["verdict"] != "valid" and not report["reasons"]:
            return "no reason is given"
        return ""

    def shown_otherwise(self, name, data):
        """Whether a well-formed change of a seed is valid and shows something else: the rule, or an empty string."""
        if name not in self.shown:
            self.shown[name] = structure().shows(self.seeds[name])
        if data == self.seeds[name] or self.verify(data)["verdict"] != "valid":
            return ""
        return "" if structure().shows(data) == self.shown[name] else "valid, but it shows something else"

    def _is_what_was_signed(self, data):
        return any(self.verify(data, original)["verdict"] == "valid" for original in self.originals)


def mutate(data, rng, others):
    """One to four random changes."""
    data = bytearray(data)
    for _change in range(rng.randint(1, 4)):
        if not data:
            break
        kind, place = rng.randrange(7), rng.randrange(len(data))
        size = rng.choice((1, 1, 2, 4, 16, 64, 256))
        if kind == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place] = rng.choice((0, 1, 0x30, 0x31, 0x7F, 0x80, 0xA0, 0xFF, ord("<"), ord("0")))
        elif kind == 2:
            del data[place : place + size]
        elif kind == 3:
            data[place:place] = data[place : place + size] * rng.choice((1, 2, 50))
        elif kind == 4:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            data[place : place + size] = other[start : start + size]
        elif kind == 5:
            data[place:place] = rng.randbytes(size)
        else:
            del data[place:]
    return bytes(data)


def plain(rules, seconds, seed):
    """Random changes of the corpus until the time is over; return how many breaches were found."""
    rng, runs, breaches = random.Random(seed), 0, 0
    seeds = list(rules.seeds.values())
    formed = [name for name in rules.seeds if name.startswith("valid_") and name.endswith((".pdf", ".xml"))]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutate(rng.choice(seeds), rng, seeds)
        breaches += _tell(rules.broken(data), data)
        name = rng.choice(formed)
        data = structure().change(rules.seeds[name], rng)
        breaches += _tell(rules.shown_otherwise(name, data), data)
        runs += 2
    sys.stdout.write(f"{runs} files, {breaches} breaches\n")
    return breaches


def _tell(rule, data):
    if not rule:
        return 0
    name = f"fuzz-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    Path(name).write_bytes(data)
    sys.stdout.write(f"{name}: {rule}\n")
    return 1


def guided(rules, seconds, seed, atheris, folder):
    """Coverage-guided, until the first breach or the end of the time; what leads somewhere new is added to the folder."""

    def one(data):
        rule = rules.broken(data)
        if rule:
            _tell(rule, data)
            raise AssertionError(rule)

    words = [sys.argv[0], f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=16384", "-timeout=60", "-rss_limit_mb=3000"]
    for name, data in rules.seeds.items():
        (folder / name).write_bytes(data)
    atheris.Setup([*words, str(folder)], one)
    atheris.Fuzz()


def main(argv=None):
    """Run the fuzzer; status 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description="Fuzz the verification of signed documents.")
    parser.add_argument("--entry", choices=ENTRIES, help="one kind of file (all of them)")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="goes on from the files found earlier and adds to them")
    parser.add_argument("--plain", action="store_true", help="do not use atheris")
    options = parser.parse_args(argv)
    atheris = None
    if not options.plain and importlib.util.find_spec("atheris"):
        import atheris

        with atheris.instrument_imports(include=["pa_firma_tools", "asn1crypto", "pyhanko", "pyhanko_certvalidator"]):
            load_document()
    rules = Rules(entry=options.entry)
    if atheris:
        with tempfile.TemporaryDirectory(prefix="fuzz-corpus-") as scratch:
            folder = options.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            guided(rules, options.seconds, options.seed, atheris, folder)
        return 0
    return 1 if plain(rules, options.seconds, options.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
