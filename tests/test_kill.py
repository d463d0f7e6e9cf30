"""A worker killed in the middle: nothing half-done, what it queued for is free, the next one goes on."""

import json
import signal

import pytest


@pytest.fixture(scope="module")
def report(shared_database):
    found = json.loads(shared_database.run("load/kill.py"))
    yield found


POINTS = (
    "after the hold",
    "after the number, rendering",
    "inside the signature step",
    "after the commitments",
    "after the general number",
    "everything done, before the commit",
    "while abandoning",
)


@pytest.mark.parametrize("point", POINTS)
def test_killed_leaves_nothing_half_done(report, point):
    found = report[point]
    assert found["signal"] == signal.SIGKILL
    assert found["found"] == found["before"]
    assert found["locks"] == 0


@pytest.mark.parametrize("point", POINTS)
def test_the_next_worker_goes_on(report, point):
    state, kind, settore, generale, impegni, held, voci, documents, moved = report[point]["after"]
    assert settore
    if point == "while abandoning":
        assert (state, impegni, held, moved, voci) == ("abandoned", 0, "0.00", "0.00", 1)
    else:
        # sector's, general's and the commitment's number; the act's and the visto's documents
        assert (state, kind, bool(generale), impegni, held) == ("running", "pubblicazione", True, 1, "0.00")
        assert (voci, documents, moved) == (3, 2, "10.01")


def test_registers_and_counters_reconcile(report, shared_database):
    assert json.loads(shared_database.run("load/verify.py")) == {"registers": [], "counters": []}
    numbers = shared_database.rows(
        "SELECT r.code, array_agg(v.number ORDER BY v.number) FROM pa_registro_voce v "
        "JOIN pa_registro r ON r.id = v.registro_id GROUP BY r.code ORDER BY r.code"
    )
    done = list(range(1, len(POINTS)))
    assert numbers == [("IMPEGNI", done), ("RG", done), ("S-TEC", [*done, len(POINTS)])]
