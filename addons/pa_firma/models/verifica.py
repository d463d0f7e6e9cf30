import base64

from odoo import api, models

from ..tools import sandbox
from ..tools.transaction import leave

_TURNS = 3


class PaFirmaVerifica(models.AbstractModel):
    """Verification with all that this body trusts, the authorities being asked about the certificates that are met."""

    _name = "pa.firma.verifica"
    _description = "Verification"

    @api.model
    def _report(self, company, data, original=None, at=None, pdf=False, **options):
        """Verification report, made outside transactions where the caller has written nothing yet.

        :param at: aware datetime at which certificates are judged, by the lists of then (now when missing)
        :param pdf: only a PDF will do
        """
        verify = sandbox.verify_pdf if pdf else sandbox.verify_document
        Revoca = self.env["pa.firma.revoca"]
        options |= self.env["pa.firma.ancora"]._trust(company, at) | {"original": original, "at": at}
        if not Revoca._online():
            leave(self.env)
            return verify(data, **options)
        evidence = Revoca._recent()
        for _turn in range(_TURNS):
            leave(self.env)
            report = verify(data, evidence=evidence, chains=True, **options)
            more = self._more(report.pop("chains", []), company)
            new = {kind: [raw for raw in items if raw not in evidence[kind]] for kind, items in more.items()}
            if not any(new.values()):
                break
            evidence = {kind: items + new[kind] for kind, items in evidence.items()}
        return report

    @api.model
    def _more(self, chains, company):
        """Evidence about chains: revocation of those that are trusted, issuers for the others."""
        Revoca = self.env["pa.firma.revoca"]
        asking = [item | {"certs": [base64.b64decode(der) for der in item["certs"]]} for item in chains if any(item["asks"])]
        trusted = [item for item in asking if item["trusted"]]
        wanted = [der for item in trusted for der, asks in zip(item["certs"][:-1], item["asks"]) if asks]
        more = {"ocsps": [], "crls": [], "certs": []}
        if wanted:
            more = Revoca._evidence(wanted, [der for item in trusted for der in item["certs"]], company)
        ends = [item["certs"][-1] for item in asking if not item["trusted"]]
        return more | {"certs": [*more["certs"], *Revoca._issuers(ends)]}
