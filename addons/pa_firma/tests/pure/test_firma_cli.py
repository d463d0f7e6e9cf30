import json
import subprocess
import sys
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "tools" / "verify_cli.py"
KEYS = {
    "format", "level", "integrity", "covers_whole_file", "later_changes", "signer", "codice_fiscale",
    "certificate_valid", "key_usage_ok", "qualified", "signing_time", "timestamp",
}  # fmt: skip


def _run(*words):
    done = subprocess.run([sys.executable, CLI, *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


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
    code, out, _err = _run(tmp_path / "s.pdf", "--trust", tmp_path / "root.pem", "--at", "2001-01-01")
    assert code == 2 and "not yet valid" in out
