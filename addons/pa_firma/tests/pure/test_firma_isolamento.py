"""Verification in a process of its own, with limits."""

import datetime as dt

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
