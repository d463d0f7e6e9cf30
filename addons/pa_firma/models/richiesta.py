import base64
import hashlib

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError

from ..tools.transaction import own_transaction
from .dispositivo import WAYS

PENDING_MINUTES = 3


class PaFirmaRichiesta(models.Model):
    """One document to be signed by one person in one step, and the bytes that came out.

    It is written and committed by a transaction of its own, before the step moves: when Odoo repeats the step's
    transaction, or the step is refused (no room left on a chapter), the signature is there and is not made twice.
    """

    _name = "pa.firma.richiesta"
    _description = "Signature requests"
    _inherit = ["pa.sigillo.mixin"]
    _order = "id desc"
    _rec_name = "documento_id"

    _create_only_sealed = True

    res_model = fields.Char("Model")
    res_id = fields.Many2oneReference("Record", model_field="res_model")
    passo_id = fields.Many2one("pa.atto.passo", "Step", ondelete="restrict", index=True)
    atto_id = fields.Many2one(related="passo_id.atto_id", store=True, index=True)
    company_id = fields.Many2one("res.company")
    documento_id = fields.Many2one("pa.atto.documento", "Document", ondelete="restrict")
    user_id = fields.Many2one("res.users", "Person", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(WAYS, required=True)
    base_sha256 = fields.Char("SHA-256 given", required=True, help="Hash of the very bytes given to be signed.")
    signed_sha256 = fields.Char("SHA-256 signed", index="btree_not_null")
    signed_data = fields.Binary(attachment=False, groups=fields.NO_ACCESS, copy=False)
    report = fields.Json()
    verdict = fields.Selection(
        [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")]
    )
    state = fields.Selection(
        [("pending", "Under way"), ("signed", "Signed, not used yet"), ("used", "Used"), ("failed", "Failed")],
        required=True,
        default="pending",
        index=True,
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    error = fields.Char()

    _one_per_bytes = models.Constraint(
        "UNIQUE (res_model, res_id, user_id, base_sha256)", "This document is already being signed by this person."
    )

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Signature requests stay on record.")]

    @api.model
    def _find(self, origin, user, base_sha256):
        """The request for these bytes of `origin` (a step, or any record that is signed)."""
        # Requests are the procedure's record; the caller is checked on the step.
        return self.sudo().search(
            [
                *self._of(origin),
                ("user_id", "=", user.id),
                ("base_sha256", "=", base_sha256),
            ]
        )

    @api.model
    def _of(self, origin):
        return [("res_model", "=", origin._name), ("res_id", "=", origin.id)]

    @api.model
    def _used_elsewhere(self, origin, data):
        """Whether these signed bytes already served another step: a signature is not replayed."""
        # Requests are the procedure's record; only yes or no is told.
        digest = hashlib.sha256(data).hexdigest()
        used = self.sudo().search([("signed_sha256", "=", digest)])
        return bool(used - used.filtered_domain(self._of(origin)))

    @api.model
    def _obtain(self, origin, kind, base_sha256, make):
        """The signed bytes and their report for these very bytes: stored ones if there are, else made now and stored.

        :param make: callable without arguments, returns (signed bytes, verification report); runs outside transactions
        """
        request = self._find(origin, self.env.user, base_sha256)
        if request.state == "signed" and kind == request.kind != "elsewhere":
            return request
        request_id = self._begin(origin, kind, base_sha256)
        try:
            data, report = make()
        except UserError as error:
            self._end(request_id, {"state": "failed", "error": str(error)[:500]})
            raise
        self._end(
            request_id,
            {
                "state": "signed",
                "error": False,
                "signed_data": base64.b64encode(data),
                "signed_sha256": hashlib.sha256(data).hexdigest(),
                "report": report,
                "verdict": report["verdict"],
            },
        )
        return self._find(origin, self.env.user, base_sha256)

    @api.model
    def _begin(self, origin, kind, base_sha256):
        with own_transaction(self.env) as env:
            request = env[self._name]._find(origin, env.user, base_sha256)
            limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=PENDING_MINUTES)
            if request.state == "pending" and request.date > limit:
                raise UserError(env._("This document is already being signed: wait for the outcome."))
            vals = {"kind": kind, "state": "pending", "date": fields.Datetime.now(), "error": False}
            if request:
                sealed_write(request, vals)
                return request.id
            vals |= {
                **self._origin_vals(origin),
                "user_id": env.uid,
                "base_sha256": base_sha256,
            }
            # Written by the procedure: users have no right on requests.
            return sealed_create(env[self._name].sudo(), [vals]).id

    @api.model
    def _origin_vals(self, origin):
        vals = {"res_model": origin._name, "res_id": origin.id, "company_id": origin._firma_company().id}
        if origin._name == "pa.atto.passo":
            vals |= {"passo_id": origin.id, "documento_id": origin.documento_id.id}
        return vals

    @api.model
    def _end(self, request_id, vals):
        with own_transaction(self.env) as env:
            # Written by the procedure: users have no right on requests.
            sealed_write(env[self._name].sudo().browse(request_id), vals)

    def _signed_bytes(self):
        """The stored bytes, checked against their hash."""
        self.ensure_one()
        # Only the procedure reads them, to make of them the signed document.
        data = base64.b64decode(self.sudo().with_context(bin_size=False).signed_data or b"")
        if not data or hashlib.sha256(data).hexdigest() != self.signed_sha256:
            raise UserError(self.env._("The signed bytes on record do not match their hash."))
        return data
