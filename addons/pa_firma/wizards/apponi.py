from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .firma_file import SOFT_RELOAD


class PaFirmaApponi(models.TransientModel):
    """Seals copies of documents, of one act or of many. What is typed never is a field: the dialog hands it on and forgets it."""

    _name = "pa.firma.apponi"
    _description = "Apply the electronic seal"
    _inherit = ["pa.firma.dialogo"]

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    riga_ids = fields.One2many("pa.firma.apponi.riga", "apponi_id", "Documents")
    many = fields.Boolean(readonly=True)
    name = fields.Char("Document", compute="_compute_single")
    sha256 = fields.Char("SHA-256", compute="_compute_single")
    sigillo_id = fields.Many2one(
        "pa.firma.sigillo",
        "Seal",
        domain="[('company_id', '=', company_id), ('user_ids', 'in', uid)]",
        compute="_compute_sigillo_id",
        store=True,
        readonly=False,
    )
    asks = fields.Json(compute="_compute_asks")
    chosen_count = fields.Integer("Chosen", compute="_compute_counts")
    done_count = fields.Integer("Sealed", compute="_compute_counts")
    trouble_count = fields.Integer("Not sealed", compute="_compute_counts")

    @api.depends("riga_ids.documento_id")
    def _compute_single(self):
        for wizard in self:
            documento = wizard.riga_ids.documento_id if len(wizard.riga_ids) == 1 else self.env["pa.atto.documento"]
            wizard.name, wizard.sha256 = documento.name, documento.sha256

    @api.depends("company_id")
    def _compute_sigillo_id(self):
        for wizard in self:
            wizard.sigillo_id = self.env["pa.firma.sigillo"]._mine(wizard.company_id)[:1]

    @api.depends("sigillo_id")
    def _compute_asks(self):
        for wizard in self:
            wizard.asks = wizard.sigillo_id._described() if wizard.sigillo_id else False

    @api.depends("riga_ids.chosen", "riga_ids.state")
    def _compute_counts(self):
        for wizard in self:
            lines = wizard.riga_ids
            wizard.chosen_count = len(lines.filtered("chosen"))
            wizard.done_count = len(lines.filtered(lambda r: r.state == "signed"))
            wizard.trouble_count = len(lines.filtered(lambda r: r.state in ("refused", "waiting")))

    @api.model
    def _opened(self, documenti, atti=None):
        """The dialog, opened on these documents; acts without any that can be sealed are told why."""
        atti = (atti if atti is not None else documenti.atto_id) | documenti.atto_id
        company = atti.company_id
        if len(company) != 1:
            raise UserError(self.env._("Choose acts of one body at a time."))
        if not self.env["pa.firma.sigillo"]._mine(company):
            raise AccessError(self.env._("You are not among those who may apply a seal of %s.", company.sudo().name))  # the name of the body is public
        lines = [line for atto in atti for line in self._lines_of(atto, documenti.filtered(lambda d, a=atto: d.atto_id == a))]
        many = atti != documenti.atto_id or len(documenti) > 1
        vals = {"company_id": company.id, "many": many, "riga_ids": [(0, 0, line) for line in lines]}
        return self.create(vals)._action()

    @api.model
    def _lines_of(self, atto, documenti):
        if not documenti:
            message = self.env._("It has no signed document that you can read.")
            return [{"atto_id": atto.id, "state": "off", "message": message}]
        lines = []
        for documento in documenti:
            reasons = documento._reasons_seal_copy()
            line = {"atto_id": atto.id, "documento_id": documento.id, "chosen": not reasons}
            lines.append(line | ({"state": "off", "message": reasons[0]} if reasons else {}))
        return lines

    def _action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Seal copies") if self.many else self.env._("Seal a copy of %s", self.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_seal(self, password="", otp="", account_password=""):
        """Seal copies of the chosen documents; the outcome of each is shown beside it."""
        self.ensure_one()
        if not self.sigillo_id:
            raise UserError(self.env._("Choose the seal."))
        lines = self.riga_ids.filtered(lambda r: r.chosen and r.documento_id and r.state != "signed")
        seal = self.env["pa.firma.sigillatura"].seal
        outcomes = seal(lines.documento_id.ids, self.sigillo_id.id, password, otp, account_password)
        found = {outcome.pop("documento_id"): outcome for outcome in outcomes}
        if not self.many:
            [outcome] = found.values()
            if outcome["state"] != "signed":
                raise UserError(outcome["message"])
            return SOFT_RELOAD
        for line in lines:
            outcome = found[line.documento_id.id]
            line.write({**outcome, "chosen": outcome["state"] != "signed"})
        return self._action()

    def action_close(self):
        """Go back to the documents, where the sealed copies are now."""
        return SOFT_RELOAD


class PaFirmaApponiRiga(models.TransientModel):
    """One document to seal a copy of, and what came of it."""

    _name = "pa.firma.apponi.riga"
    _description = "Document to seal"
    _inherit = ["pa.firma.dialogo"]

    apponi_id = fields.Many2one("pa.firma.apponi", required=True, ondelete="cascade")
    atto_id = fields.Many2one("pa.atto", "Act", readonly=True)
    documento_id = fields.Many2one("pa.atto.documento", "Document", readonly=True)
    what = fields.Char("Document and outcome", compute="_compute_what")
    chosen = fields.Boolean("Choose")
    state = fields.Selection(
        [("todo", "To be sealed"), ("signed", "Sealed"), ("refused", "Refused"), ("waiting", "Waits"), ("off", "Not possible")],
        "Outcome",
        default="todo",
        readonly=True,
    )
    message = fields.Char("Why", readonly=True)

    @api.depends("documento_id", "message")
    def _compute_what(self):
        for line in self:
            one_act = len(line.apponi_id.riga_ids.atto_id) == 1
            names = [line.documento_id.name, False if one_act else line.atto_id.display_name, line.message]
            line.what = " — ".join(filter(None, names))
