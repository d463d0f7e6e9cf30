from odoo import models

from ..tools.money import dec, euro
from .atto import VISTO_KINDS


class PaAtto(models.Model):
    """The accounting part of the act's documents."""

    _inherit = "pa.atto"

    def _document_context(self):
        return {**super()._document_context(), "accounting": self._document_accounting()}

    def _document_accounting(self):
        """Rows and total as the page shows them, in the language of the law; None where there is nothing to show."""
        atto = self.sudo().with_context(lang="it_IT")  # the page carries every line, whoever makes it be rendered
        if not atto.riga_ids:
            return None
        return {
            "rows": [riga._document_row() for riga in atto.riga_ids],
            "total": euro(sum(dec(riga.amount) for riga in atto.riga_ids if riga.kind != "riferimento")),
            "commits": any(riga.kind in VISTO_KINDS for riga in atto.riga_ids),
        }


class PaAttoRiga(models.Model):
    _inherit = "pa.atto.riga"

    def _document_row(self):
        self.ensure_one()
        stanziamento = self.impegno_id.stanziamento_id or self.prenotazione_id.stanziamento_id or self._stanziamento()
        classification = (stanziamento.programma_id.code, stanziamento.pdc_id.code)
        return {
            "kind": dict(self._fields["kind"]._description_selection(self.env))[self.kind],
            "target": self.target,
            "classification": " – ".join(filter(None, classification)),
            "year": self.year,
            "creditor": self.partner_id.display_name or "",
            "codes": " ".join(filter(None, (self.cig, self.cup))),
            "amount": euro(self.amount),
        }
