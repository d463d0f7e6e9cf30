"""Verification in a process of its own, with limits."""

import datetime as dt
import threading
import time
from pathlib import Path

from by_hand import pdf as pdf_by_hand
from pa_firma_tools import sandbox, sandbox_pool, verify


def test_sandbox_gives_the_same_report(signed, pdf, pki):
    at = dt.datetime.now(dt.timezone.utc)
    inside = sandbox.verify_pdf(signed, original=pdf, trust=[pki.root_pem], at=at)
    assert inside == verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem], at=at)


def test_sandbox_limits_time_and_memory(signed, codes):
    assert codes(sandbox.verify_pdf(signed, seconds=0)) == {"limits"}
    assert codes(sandbox.verify_pdf(signed, memory=1024 * 1024))
    assert sandbox.verify_pdf(signed, memory=1024 * 1024)["verdict"] != "valid"


def test_sandbox_survives_the_death_of_its_helper(signed, pki):
    assert sandbox.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"
    sandbox_pool._idle[-1].process.kill()
    sandbox_pool._idle[-1].process.wait()
    assert sandbox.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"


def test_an_answer_too_long_to_be_kept():
    """A file made to be described at length fills nobody's memory."""
    fields = b" ".join(b"%d 0 R" % number for number in range(4, 2004))
    signature = b"<< /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3] /Contents <30> >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % fields
    many = [b"<< /FT /Sig /T (f%d) /V 3 0 R >>" % number for number in range(2000)]
    report = sandbox.verify_pdf(pdf_by_hand([catalog, b"<< /Type /Pages /Kids [] /Count 0 >>", signature, *many]))
    assert report["verdict"] == "undetermined" and {item["code"] for item in report["reasons"]} == {"too_large"}
    assert len(str(report)) < 10_000


def test_nothing_outlives_its_helper():
    """A helper that is killed while it works leaves no process behind."""
    slow = b"%PDF-1.7\n" + bytes(40 * 1024 * 1024) + b"startxref\n0\n%%EOF"
    work = threading.Thread(target=sandbox.verify_pdf, args=(slow,))
    work.start()
    deadline = time.monotonic() + 20
    while not (children := [pid for helper in sandbox_pool._busy for pid in _children(helper.process.pid)]):
        assert time.monotonic() < deadline and not time.sleep(0.05)
    for helper in list(sandbox_pool._busy):
        helper.process.kill()
    work.join(20)
    while any(_alive(pid) for pid in children):
        assert time.monotonic() < deadline and not time.sleep(0.05)


def _children(pid):
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in tasks.read_text().split()] if tasks.exists() else []


def _alive(pid):
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
