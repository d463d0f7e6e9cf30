"""Several signers in one signature of a PDF: not foreseen (ISO 32000-1, 12.8.3.3: one signer), written by some programs.

pyHanko does not read them. Each is verified by itself, as in a .p7m.
"""

from asn1crypto import cms

from .pdf_legacy import BareSignature


class ParallelSignature(BareSignature):
    """One of the signers (from 1) of a signature; `signers` is how many there are."""

    def __init__(self, reader, sig_field, fq_name, number):
        super().__init__(reader, sig_field, fq_name)
        self.signed_data = cms.ContentInfo.load(self.pkcs7_content)["content"]
        self.signers = len(self.signed_data["signer_infos"])
        self.signer_info = self.signed_data["signer_infos"][number - 1]
        used = self.signer_info["digest_algorithm"]["algorithm"].native
        self.md_algorithm = self.external_md_algorithm = used
