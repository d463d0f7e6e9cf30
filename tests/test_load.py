"""Eight processes on the same chapters and registers: real connections, public methods, `retrying`."""

import json
import re
import statistics
from decimal import Decimal
from pathlib import Path

WORKERS, QUICK, HELD, WHOLE = 8, 440, 60, 20


def percentile(values, share):
    """The value below which this share of them lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def show(operations, capsys):
    """The figures, by method: they are shown, not judged."""
    with capsys.disabled():
        print()
        for name in ("", *sorted({op["method"] for op in operations})):
            times = [op["seconds"] for op in operations if name in ("", op["method"])]
            print(
                f"  {name or 'all':22} {len(times):5d} operations  p50 {statistics.median(times):.3f} s"
                f"  p99 {percentile(times, 0.99):.3f} s  max {max(times):.3f} s"
            )


def test_eight_workers_on_the_same_chapters_and_registers(database, tmp_path, capsys):
    out = tmp_path / "operations"
    database.run("load/attack.py", WORKERS, QUICK, HELD, WHOLE, PA_OUT=str(out))
    operations = [
        json.loads(line) for path in tmp_path.iterdir() for line in Path(path).read_text().splitlines()
    ]
    show(operations, capsys)
    assert len({op["act"] for op in operations}) == QUICK + HELD + WHOLE

    # nothing but refusals for want of room, and each says how much is left
    assert [op["error"] for op in operations if op["error"]] == []
    refused = [op for op in operations if op["room"]]
    assert refused
    for op in refused:
        left = re.search(r"asked and ([\d.]+,\d\d) € are left", op["room"])
        assert left, op["room"]
        room = Decimal(left[1].replace(".", "").replace(",", "."))
        assert room < Decimal(op["amount"])

    # what was given is what was asked by those that were not refused, and never more than there is
    lost = {op["act"] for op in refused}
    given = {op["act"]: Decimal(op["amount"]) for op in operations if op["kind"] != "held"}
    expected = sum(amount for act, amount in given.items() if act not in lost)
    ((committed, held),) = database.rows(
        "SELECT sum(impegnato), sum(bloccato) FROM pa_stanziamento WHERE assestato > 0"
    )
    assert (committed, held) == (expected, 0)
    assert not database.rows(
        "SELECT id FROM pa_stanziamento WHERE assestato < fpv + bloccato + prenotato + impegnato"
    )
    assert database.rows("SELECT sum(amount) FROM pa_impegno") == [(expected,)]

    # numbers: one each, no gap, no duplicate, chains that verify, counters that reconcile
    done = list(range(1, len(set(given) - lost) + 1))
    for code in ("RG", "IMPEGNI"):
        numbers = database.rows(
            "SELECT array_agg(v.number ORDER BY v.number) FROM pa_registro_voce v "
            "JOIN pa_registro r ON r.id = v.registro_id WHERE r.code = %s",
            code,
        )
        assert numbers == [(done,)], code
    assert json.loads(database.run("load/verify.py")) == {"registers": [], "counters": []}
