"""Signing in real transactions: repeated, refused, cut short. (Inside a test's transaction nothing is ever committed.)"""

import json


def _facts(database, name):
    lines = [line for line in database.run(f"firma/{name}").splitlines() if line.startswith("FACTS ")]
    return json.loads(lines[0].removeprefix("FACTS "))


def test_a_repeated_transaction_signs_once(database):
    facts = _facts(database, "ripetuta.py")
    assert facts["retry"] == {"attempts": 3, "timestamps": 1}
    assert facts["refused"] == "no room" and facts["waiting"] == "signed"
    assert facts["after_refusal"] == {"timestamps": 2, "state": "done"}
    assert facts["libro"] == ["done", "done", "active"]
    assert facts["two_phase_retry"] == ["signed", 3, 1]
    assert facts["two_phase_bad"] == ["refused", "refused"]
    assert facts["two_phase_no_authority"] == "refused"
    assert facts["two_phase_kept"] == ["signed", "", "signed"], "the key is not asked again for the authority's fault"
    assert facts["verdicts"] == ["valid"] * 6
    assert facts["at_once"] == [True, ["signed", "signed", "refused", "signed", "signed", "signed"]]
    assert facts["threads"] >= 2, "documents are signed several at once"
    assert facts["at_once_verdicts"] == ["valid"] * 5
    assert facts["registers"] and not any(facts["registers"])


def test_a_repeated_transaction_spends_one_code(database):
    facts = _facts(database, "remota.py")
    assert facts["one"] == ["done", 3, 1, 1], "one authorization and one timestamp for three attempts"
    assert facts["batch"] == [["signed"] * 3, 5, 2, 4]
    assert facts["call"] == [2, 3, ["done"] * 2]
    assert facts["kept"] == [["refused"] * 2, ["signed"] * 2, 4], "a spent code's signatures are used later"
    assert facts["open_transactions"][0] >= 8 and facts["open_transactions"][1] == 0
    assert facts["verdicts"] == ["valid"] * 8


def test_nothing_is_held_while_others_answer(database):
    """For every way to sign, what it asks outside (key, timestamp, remote service, revocation) finds no transaction open."""
    facts = _facts(database, "fuori.py")
    assert facts["held"] == []
    asked = facts["asked"]
    for way in ("key file", "libro firma, one", "libro firma, some at once", "attachment a.txt", "seal", "another addon's record"):
        assert asked[way]["timestamp"] and asked[way]["key"] and asked[way]["revocation"], way
    for way in ("remote, one", "remote, libro firma", "attachment, remote"):
        assert {"remote auth/login", "remote credentials/authorize", "remote signatures/signHash", "timestamp"} <= set(asked[way]), way
    for way in ("own card", "attachment, own card", "detached timestamp", "sealed report", "kept over time"):
        assert asked[way]["timestamp"], way
    assert asked["uploaded"]["revocation"] and asked["verification"]["revocation"]
    assert asked["code of the remote service"]["remote credentials/sendOTP"]
    assert asked["enrolment of a remote credential"]["remote credentials/list"]
    assert facts["verdicts"] == ["valid"] and facts["signatures"] == 16


def test_a_code_is_spent_once_whatever_is_lost(database):
    facts = _facts(database, "insieme.py")
    assert facts["at_once"] == {
        "states": ["refused"] * 7 + ["signed"], "timestamps": 1, "request": "used", "signatures": 1, "same_file": True,
    }  # fmt: skip
    for races in ("races_one", "races_batch"):
        assert len(facts[races]) > 4, "there are several commits"
        for outcome in facts[races]:
            assert outcome == [True, 1, 1.0], races
    assert facts["killed_before_the_answer"] == ["UserError", "UserError", "done", 2], "what was bought never came"
    assert facts["killed_after_the_answer"] == ["UserError", "done", 1]
    assert facts["killed_before_the_step"] == ["done", 1]
    assert facts["verdicts"] == ["valid"]


def test_a_repeated_sealing_spends_one_code(database):
    facts = _facts(database, "sigillo.py")
    assert facts["one"] == [3, 1, 1, 1], "one authorization and one timestamp for three attempts"
    assert facts["batch"] == [["signed"] * 3, 5, 2, 4]
    assert facts["call"] == [2, 3, ["signed"] * 2], "what was sealed by the first call is told as sealed by the second"
    assert facts["dead"] == [1, 4]
    assert facts["after"] == [4, 1], "what the service signed is used, no other code"
    assert facts["kept"] == ["refused", "signed", 5]
    assert facts["verdicts"] == ["valid"] * 8


def test_a_record_of_another_addon_is_signed_once(database):
    facts = _facts(database, "ordine.py")
    assert facts["signed"] == [3, 1, 1], "one authorization and one timestamp for three attempts"
    assert facts["left"] == [["valid"], 2, 1], "one signature, the frozen document and the signed file, kept once"
