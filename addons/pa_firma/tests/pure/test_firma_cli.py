import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

CLI = Path(__file__).resolve().parents[2] / "tools" / "verify_cli.py"
KEYS = {
    "format", "level", "integrity", "covers_whole_file", "later_changes", "signer", "codice_fiscale",
    "certificate_valid", "key_usage_ok", "qualified", "signing_time", "timestamp",
}  # fmt: skip


def _run(*words):
    done = subprocess.run([sys.executable, CLI, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def files(signed, pdf, pki, tmp_path):
    for name, data in (("s.pdf", signed), ("o.pdf", pdf), ("x.pdf", signed + b"x"), ("root.pem", pki.root_pem)):
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_one_file_is_an_object_several_are_a_list(files):
    code, out, _err = _run("--trust", files / "root.pem", "--json", files / "s.pdf")
    assert code == 0 and json.loads(out)["verdict"] == "valid"
    assert _run("--trust", files / "root.pem", files / "s.pdf")[0] == 0
    code, out, _err = _run(files / "s.pdf", files / "x.pdf", files / "o.pdf", "--json", "--trust", files / "root.pem")
    assert code == 1 and [item["verdict"] for item in json.loads(out)] == ["valid", "not_valid", "not_valid"]
    assert [Path(item["file"]).name for item in json.loads(out)] == ["s.pdf", "x.pdf", "o.pdf"]


def test_der_and_bundled_anchors(files, pki):
    from cryptography.hazmat.primitives.serialization import Encoding

    (files / "root.der").write_bytes(pki.root.public_bytes(Encoding.DER))
    (files / "bundle.pem").write_bytes(b"Root of the demo\n" + pki.root_pem + pki.tsa.public_bytes(Encoding.PEM))
    for name in ("root.der", "bundle.pem"):
        assert _run(files / "s.pdf", "--trust", files / name)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.pdf"], "missing.pdf does not exist"),
        (["s.pdf", "missing.pdf"], "missing.pdf does not exist"),
        (["s.pdf", "--original", "missing.pdf"], "missing.pdf does not exist"),
        (["s.pdf", "--trust", "o.pdf"], "o.pdf is not a certificate"),
        (["s.pdf", "--at", "yesterday"], "--at"),
        (["s.pdf", "--nonsense"], "--nonsense"),
        (["."], "is a folder"),
        ([], "FILE"),
    ],
)
def test_wrong_commands_are_said_in_a_sentence(files, words, said):
    done = subprocess.run([sys.executable, CLI, *words], capture_output=True, text=True, cwd=files)
    assert done.returncode == 3 and said in done.stderr and "Traceback" not in done.stderr and not done.stdout


def test_italian_and_english(files):
    words = [files / "x.pdf", "--trust", files / "root.pem", "--lang"]
    assert "NON VALIDA" in _run(*words, "it")[1] and "Firmatario: Mario Rossi" in _run(*words, "it")[1]
    assert "NOT VALID" in _run(*words, "en")[1] and "Signer: Mario Rossi" in _run(*words, "en")[1]


def test_help_says_the_rules():
    code, out, _err = _run("--help")
    assert code == 0 and "Exit status" in out and "a list of objects" in out


def test_json_report(signed, pdf, pki, tmp_path):
    for name, data in (("s.pdf", signed), ("o.pdf", pdf), ("root.pem", pki.root_pem)):
        (tmp_path / name).write_bytes(data)
    code, out, _err = _run(
        tmp_path / "s.pdf", "--original", tmp_path / "o.pdf", "--trust", tmp_path / "root.pem", "--json"
    )
    report = json.loads(out)
    assert code == 0 and report["verdict"] == "valid" and report["reasons"] == []
    assert set(report["signatures"][0]) >= KEYS


def test_exit_status_says_the_verdict(signed, tmp_path):
    (tmp_path / "s.pdf").write_bytes(signed)
    (tmp_path / "x.pdf").write_bytes(signed + b"x")
    assert _run(tmp_path / "s.pdf")[0] == 2
    assert _run(tmp_path / "x.pdf")[0] == 1
    code, _out, err = _run(tmp_path / "missing.pdf")
    assert code == 3 and "missing.pdf" in err and "Traceback" not in err


def test_judged_at_a_time(signed, pki, tmp_path):
    (tmp_path / "s.pdf").write_bytes(signed)
    (tmp_path / "root.pem").write_bytes(pki.root_pem)
    code, out, _err = _run(tmp_path / "s.pdf", "--lang", "en", "--trust", tmp_path / "root.pem", "--at", "2001-01-01")
    assert code == 2 and "not yet valid" in out


@pytest.mark.parametrize("text", ["2024-05-06", "20240506", "2024-W19-1", " 2024-05-06 "])
def test_a_bare_date_is_its_last_second(files, text):
    out = _run(files / "s.pdf", "--json", "--at", text)[1]
    assert json.loads(out)["validation_time"] == "2024-05-06T23:59:59+00:00"


@pytest.mark.parametrize(
    "text",
    ["2024-05-06T10:00:00Z", "2024-05-06t10:00:00z", "20240506T100000Z", "2024-05-06 10:00", "2024-05-06T12:00+02:00"],
)
def test_a_time_in_every_iso_form(files, text):
    told = json.loads(_run(files / "s.pdf", "--json", "--at", text)[1])["validation_time"]
    assert dt.datetime.fromisoformat(told) == dt.datetime(2024, 5, 6, 10, tzinfo=dt.timezone.utc)


def test_trusted_list_and_detached_timestamp(files, tmp_path):
    (files / "list.xml").write_bytes(b"<a/>")
    code, out, _err = _run(files / "s.pdf", "--trust", files / "root.pem", "--trust-list", files / "list.xml", "--json")
    assert code == 2 and json.loads(out)["reasons"][0]["code"] == "trusted_list"
    code, _out, err = _run(files / "s.pdf", "--trust-list", files / "missing.xml")
    assert code == 3 and "missing.xml" in err
