import base64
import hashlib

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError

from ..tools import two_phase
from ..tools.transaction import own_transaction
from .dispositivo import WAYS
from .per_sempre import for_good

PENDING_MINUTES = 3
PREPARED_MINUTES = 15
NOTHING_PREPARED = {"prepared_data": False, "prepared_until": False, "raw_signature": False}


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
    # Between the two phases: what to fill with the signature; then the signature itself, until the file is made of it.
    dispositivo_id = fields.Many2one("pa.firma.dispositivo", "Signed with", ondelete="restrict")
    prepared_data = fields.Binary(attachment=False, groups=fields.NO_ACCESS, copy=False)
    prepared_until = fields.Datetime()
    raw_signature = fields.Binary(attachment=False, groups=fields.NO_ACCESS, copy=False)
    report = fields.Json()
    verdict = fields.Selection(
        [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")]
    )
    state = fields.Selection(
        [("pending", "Under way"), ("prepared", "Waits for the signature"), ("signed", "Signed, not used yet"), ("used", "Used"), ("failed", "Failed")],
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
            self._close(request_id, error)
            raise
        self._end_signed(request_id, data, report)
        return self._find(origin, self.env.user, base_sha256)

    @api.model
    def _end_signed(self, request_id, data, report):
        vals = {"state": "signed", "error": False, "report": report, "verdict": report["verdict"]}
        vals |= {"signed_data": base64.b64encode(data), "signed_sha256": hashlib.sha256(data).hexdigest()}
        self._end(request_id, vals | NOTHING_PREPARED)

    @api.model
    def _begin(self, origin, kind, base_sha256, **more):
        """Put on record, for good, that this person is signing these bytes; `more` is what was prepared."""
        with own_transaction(self.env) as env:
            request = env[self._name]._find(origin, env.user, base_sha256)
            request._check_not_under_way()
            if request.state == "used" and origin._name == "pa.atto.passo":  # a step ends once; others may be signed again
                raise UserError(env._("This answer was already used."))
            vals = {"kind": kind, "state": "pending", "date": fields.Datetime.now(), "error": False}
            vals |= NOTHING_PREPARED | more
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

    def _under_way(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=PENDING_MINUTES)
        return self.state == "pending" and self.date > limit

    def _check_not_under_way(self):
        if self._under_way():
            raise UserError(self.env._("This document is already being signed: wait for the outcome."))

    @api.model
    def _origin_vals(self, origin):
        vals = {"res_model": origin._name, "res_id": origin.id, "company_id": origin._firma_company().id}
        if origin._name == "pa.atto.passo":
            vals |= {"passo_id": origin.id, "documento_id": origin.documento_id.id}
        return vals

    @api.model
    def _end(self, request_id, vals, settled=("signed", "used")):
        """Write how the request ended, unless it had already ended in one of these ways."""

        def work(env):
            # Written by the procedure: users have no right on requests.
            request = env[self._name].sudo().browse(request_id)
            if request.state not in settled:
                sealed_write(request, vals)

        for_good(self.env, work)

    def _record_to_sign(self):
        """The step, or other record, that is being signed."""
        self.ensure_one()
        # Requests are the procedure's record; the caller is checked on the step.
        values = self.sudo()
        if values.res_model not in self.env or not values.res_id:
            raise UserError(self.env._("What was being signed is not there any more."))
        return self.env[values.res_model].browse(values.res_id).exists()

    def _prepared_facts(self):
        """What who holds the key needs to know; the request must be of the current user."""
        self.ensure_one()
        to_sign = b""
        if self.state == "prepared":
            prepared_data = base64.b64decode(self.with_context(bin_size=False).prepared_data)
            to_sign = two_phase.Prepared.to_sign_of(prepared_data)
        return {
            "passo_id": self.passo_id.id,
            "richiesta_id": self.id,
            "name": self._signed_name(),
            "document_sha256": self.base_sha256,
            "to_sign": base64.b64encode(to_sign).decode(),
            "digest": hashlib.sha256(to_sign).hexdigest() if to_sign else "",
            "state": "prepared" if to_sign else "signed",
            "message": "",
        }

    def _signed_name(self):
        """What is being signed, in words for the person who consents."""
        origin = self._record_to_sign()
        what = origin.atto_id if origin._name == "pa.atto.passo" else origin
        return what.display_name or ""

    @api.model
    def _answered(self, request_id, kept=False):
        """The current user's request that a signature answers now; refuses an answer that comes twice, late or from others.

        A request that is already signed passes: its step was refused, or cut short, and is completed without signing again.

        :param kept: the caller itself has just put the answer on record
        """
        # Requests are the procedure's record; whose it is, is checked here.
        request = self.sudo().browse(request_id or ()).exists()
        if not request or request.user_id != self.env.user:
            raise UserError(self.env._("There is no such request among yours."))
        if (kept and request.state == "pending") or request._key_has_answered():
            return request
        if request.state == "used":
            raise UserError(self.env._("This answer was already used."))
        if request.state != "prepared":
            raise UserError(self.env._("This request is closed: prepare the document again."))
        if request.prepared_until < fields.Datetime.now():
            raise UserError(self.env._("Too much time has passed: prepare the document again."))
        if not request.dispositivo_id.active or request.dispositivo_id.user_id != self.env.user:
            raise UserError(self.env._("This way to sign was put away: choose another."))
        return request

    def _key_has_answered(self):
        """Whether an attempt that was cut short left the key's signature, or the signed file: the key is not asked again."""
        if self.state == "signed":
            return True
        if not self.raw_signature:
            return False
        self._check_not_under_way()
        return True

    @api.model
    def _keep_answers(self, answers):
        """Put on record what the key answered, {request id: signature}: whatever happens now, it is not asked again.

        :return: ids of the requests that are the caller's to finish: of several who answer at once, one finishes
        """

        def work(env):
            # Written by the procedure: users have no right on requests.
            requests = env[self._name].sudo().browse(answers)
            mine = requests.filtered(lambda request: not request._being_finished())
            for request in mine:
                vals = {"state": "pending", "date": fields.Datetime.now(), "raw_signature": base64.b64encode(answers[request.id])}
                sealed_write(request, vals)
            return mine.ids

        return for_good(self.env, work)

    def _being_finished(self):
        """Whether somebody else has the key's answer and is making the file of it, or has made it."""
        if self.state in ("signed", "used"):
            return True
        return bool(self.raw_signature) and self._under_way()

    @api.model
    def _close(self, request_id, error, keep=False, **options):
        """This answer made no signature; `keep` it where the fault is not its own."""
        vals = {"state": "failed", "error": str(error)[:500]}
        self._end(request_id, vals if keep else vals | NOTHING_PREPARED, **options)

    def _signed_bytes(self):
        """The stored bytes, checked against their hash."""
        self.ensure_one()
        # Only the procedure reads them, to make of them the signed document.
        data = base64.b64decode(self.sudo().with_context(bin_size=False).signed_data or b"")
        if not data or hashlib.sha256(data).hexdigest() != self.signed_sha256:
            raise UserError(self.env._("The signed bytes on record do not match their hash."))
        return data
