"""(h) a batch signed, (i) a file of twenty signatures verified, (j) what pages, signatures and megabytes cost."""

import contextlib
import itertools
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from weasyprint import HTML

from .clock import interleaved, measure
from .documents import Act

PASSWORD, SIGNER, CF = "bench", "Mario Rossi", "RSSMRA70A01H501S"
BATCH, MANY = 100, 20
KEYS = {"RSA-2048": "rsa", "P-256": "ec"}
PAGES, SIGNATURES, MEGABYTES = (1, 20, 100), (1, 5, 20), (1, 10, 30)


class Desk:
    """Ours and bare pyHanko, with the same keys. Without a timestamp authority: what is measured is our own work."""

    def __init__(self, folder):
        from odoo.addons.pa_firma.tools import (
            fast_hex,
            mark,
            object_streams,
            pades,
            prepare,
            sandbox,
            two_phase,
        )
        from odoo.addons.pa_firma.tools.pki import DemoPki
        from odoo.tools import file_path

        self.pades, self.two_phase, self.sandbox, self.prepare = pades, two_phase, sandbox, prepare
        self.without = (fast_hex.without, object_streams.without)
        self.pki = DemoPki(folder)
        self.root = x509.Certificate.load(pem.unarmor(self.pki.root_pem)[2])
        self.request = pades.SignatureRequest(name=SIGNER, reason="Firma")
        font = file_path("web/static/fonts/lato/Lato-Reg-webfont.ttf")
        self.mark = mark.Mark(lines=(SIGNER, "Responsabile di servizio", "01/01/2026 10:00"), font=font)
        self.paths, self.signers = {}, {}
        for name, kind in KEYS.items():
            data = self.pki.issue(SIGNER, CF, PASSWORD, kind=kind)
            self.paths[name] = Path(folder) / f"{kind}.p12"
            self.paths[name].write_bytes(data)
            self.signers[name] = pades.load_key_file(data, PASSWORD)

    @contextlib.contextmanager
    def plain(self):
        """pyHanko as it comes."""
        with contextlib.ExitStack() as stack:
            for without in self.without:
                stack.enter_context(without())
            yield

    def sign(self, pdf, key, number=None):
        """The engine of the libro firma: prepare, let the key sign, check what it answered, finish.

        :param number: of the document that the visible mark names; without a mark when missing
        """
        signer, request = self.signers[key], self.request
        if number is not None:
            request = replace(request, mark=replace(self.mark, address=f"https://atti.example/firma/{number:032x}"))
        prepared = self.two_phase.prepare_pdf(pdf, signer.signing_cert, signer.chain, request)
        [signature] = signer.sign_each([prepared.to_sign])
        return self.two_phase.finish_pdf(prepared, signature, request)

    def prepared(self, pdf, key, *, isolated):
        """The first phase only: as files from elsewhere are read (in a process of its own), or as the acts' own pages."""
        signer = self.signers[key]
        way = self.prepare if isolated else self.two_phase
        return way.prepare_pdf(pdf, signer.signing_cert, signer.chain, self.request)

    def raw(self, key, count):
        """The private key's own work."""
        list(self.signers[key].sign_each([b"x" * 300] * count))

    def bare_sign(self, pdf, key):
        """pyHanko as its manual shows it, for each document."""
        with self.plain():
            signer = signers.SimpleSigner.load_pkcs12(str(self.paths[key]), passphrase=PASSWORD.encode())
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            number = len(writer.prev.embedded_signatures) + 1
            metadata = signers.PdfSignatureMetadata(
                field_name=f"Firma{number}", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason="Firma"
            )
            output = BytesIO()
            signers.sign_pdf(writer, metadata, signer=signer, output=output)
        return output.getvalue()

    def verify(self, pdf):
        """As the product does: in a process of its own, with limits."""
        report = self.sandbox.verify_pdf(pdf, trust=[self.pki.root_pem])
        if report["verdict"] != "valid":
            raise RuntimeError(f"not valid: {report['reasons']}")
        return report

    def bare_verify(self, pdf):
        """pyHanko as its manual shows it, for each signature."""
        with self.plain():
            context = ValidationContext(trust_roots=[self.root])
            found = [validate_pdf_signature(item, context) for item in PdfFileReader(BytesIO(pdf)).embedded_signatures]
        if not all(status.bottom_line for status in found):
            raise RuntimeError("bare pyHanko does not find it valid")
        return found

    def signed(self, pdf, count):
        """The same with so many signatures."""
        for _number in range(count):
            pdf = self.sign(pdf, "RSA-2048")
        return pdf


def batch(town, rounds, scale=1):
    """(h)."""
    pdf, lines = Act(town).pdf, []
    count = max(4, int(BATCH * min(1, scale * 10)))
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        for key in KEYS:
            lines += _batch(desk, pdf, key, count, rounds)
        lines += _prepared(desk, pdf, count, rounds)
        lines += _verified(desk, pdf, count, rounds)
    return lines


def _batch(desk, pdf, key, count, rounds):
    ours, bare, raw = "two phases, key opened once", "bare pyHanko, naively", "the private key alone"
    marked, numbers = "the same with the visible mark", itertools.count()  # every document has its own code
    seconds = interleaved(
        {
            ours: lambda _n: [desk.sign(pdf, key) for _number in range(count)],
            bare: lambda _n: [desk.bare_sign(pdf, key) for _number in range(count)],
            raw: lambda _n: desk.raw(key, count),
            marked: lambda _n: [desk.sign(pdf, key, next(numbers)) for _number in range(count)],
        },
        rounds,
    )
    what = f"{count} acts signed, {key}"
    return [
        measure(what, seconds, ours, bare, 0.2 if key == "RSA-2048" else None),
        measure(what, seconds, ours, raw),
        measure(what, seconds, marked, ours),
    ]


def _prepared(desk, pdf, count, rounds):
    """What it costs to read in a process of its own what comes from elsewhere, before a key signs it."""
    isolated, here = "isolated, as many at once as there are cores", "in this process"
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        seconds = interleaved(
            {
                isolated: lambda _n: list(threads.map(lambda one: desk.prepared(one, "P-256", isolated=True), [pdf] * count)),
                here: lambda _n: [desk.prepared(pdf, "P-256", isolated=False) for _number in range(count)],
            },
            rounds,
        )
    return [measure(f"{count} files prepared for the signature", seconds, isolated, here)]


def _verified(desk, pdf, count, rounds):
    """What the libro firma adds before it stores anything, one file after the other or as many at once as there are cores."""
    signed = desk.sign(pdf, "RSA-2048")
    at_once, one_by_one, bare = "verified at once, isolated", "one after the other, isolated", "bare pyHanko"
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        seconds = interleaved(
            {
                at_once: lambda _n: list(threads.map(desk.verify, [signed] * count)),
                one_by_one: lambda _n: [desk.verify(signed) for _number in range(count)],
                bare: lambda _n: [desk.bare_verify(signed) for _number in range(count)],
            },
            rounds,
        )
    what = f"{count} signed acts verified"
    return [measure(what, seconds, at_once, one_by_one), measure(what, seconds, at_once, bare)]


def many_signatures(town, rounds):
    """(i)."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        signed = desk.signed(Act(town).pdf, MANY)
        seconds = interleaved(
            {"verified, isolated": lambda _n: desk.verify(signed), "bare pyHanko": lambda _n: desk.bare_verify(signed)},
            rounds,
        )
    return [measure(f"verification of {MANY} signatures", seconds, "verified, isolated", "bare pyHanko", 1.2)]


def growth(_town, rounds, scale):
    """(j); only the smallest sizes where everything is made smaller."""
    lines, page = [], _pages(1)
    pages, signatures, megabytes = (each[: None if scale >= 0.1 else 1] for each in (PAGES, SIGNATURES, MEGABYTES))
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        for count in pages:
            lines += _sized(desk, f"{count} pages", _pages(count), 1, rounds)
        for count in signatures:
            lines += _sized(desk, f"1 page, {count} signatures", page, count, rounds)
        for count in megabytes:
            lines += _sized(desk, f"1 page, {count} MB", _heavy(page, count), 1, rounds)
    return lines


def _sized(desk, what, pdf, count, rounds):
    """The last of ``count`` signatures made, and all of them verified."""
    before = desk.signed(pdf, count - 1)
    after = desk.sign(before, "RSA-2048")
    seconds = interleaved(
        {
            "signed": lambda _n: desk.sign(before, "RSA-2048"),
            "bare pyHanko signs": lambda _n: desk.bare_sign(before, "RSA-2048"),
            "verified": lambda _n: desk.verify(after),
            "bare pyHanko verifies": lambda _n: desk.bare_verify(after),
        },
        rounds,
    )
    return [
        measure(what, seconds, "signed", "bare pyHanko signs"),
        measure(what, seconds, "verified", "bare pyHanko verifies"),
    ]


def _pages(count):
    """A document of so many pages, as the acts are."""
    text = "<p>Considerata la necessità del servizio e vista la disponibilità sul capitolo.</p>" * 12
    page = f"<div style='break-after: page'>{text}</div>"
    return HTML(string=page * (count - 1) + f"<div>{text}</div>").write_pdf(pdf_variant="pdf/a-2u")


def _heavy(pdf, megabytes):
    """The same document with that much more inside, of what cannot be compressed."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    stream = generic.StreamObject(stream_data=os.urandom(megabytes << 20))
    writer.root["/PieceInfo"] = writer.add_object(stream)
    writer.update_root()
    output = BytesIO()
    writer.write(output)
    return output.getvalue()
