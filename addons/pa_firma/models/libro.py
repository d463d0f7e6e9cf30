import base64
import logging
from contextlib import closing

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.transaction import is_clean, own_transaction

_logger = logging.getLogger(__name__)
MAX_SIGNATURE = 8192  # base64 of the largest RSA signature fits many times


class PaFirmaLibro(models.AbstractModel):
    """Libro firma: many documents, one password, an outcome for each. What is signed stays signed, whatever follows."""

    _name = "pa.firma.libro"
    _description = "Libro firma"
    _inherit = ["pa.firma.lotto"]

    @api.model
    def load_documents(self, atto_ids=False):
        """What waits for the current user's digital signature, and with what it can be signed.

        :param atto_ids: only these acts
        """
        domain = [("state", "=", "active"), ("user_ids", "in", self.env.uid), ("kind", "in", ("firma", "visto"))]
        if atto_ids:
            domain.append(("atto_id", "in", atto_ids))
        steps = self.env["pa.atto.passo"].search(domain, order="date_due, id")
        steps = steps.filtered(lambda s: s._takes_digital_signature() and s.documento_id)
        devices = self.env["pa.firma.dispositivo"].search(
            [("user_id", "=", self.env.uid), ("kind", "!=", "elsewhere")]
        )
        return {
            "rows": [self._row(step) for step in steps],
            "devices": [device._described() for device in devices],
        }

    @api.model
    def _row(self, step):
        return {
            "passo_id": step.id,
            "atto_id": step.atto_id.id,
            "atto": step.atto_id.display_name,
            "tipo": step.tipo_id.name,
            "office": step.department_id.display_name,
            "step": step.name,
            "date_due": step.date_due and step.date_due.isoformat(),
            "is_late": step.is_late,
            "attachment_id": step._firma_base().attachment_id.id,
            "sha256": step._firma_base().sha256,
        }

    @api.model
    def sign(self, passo_ids, dispositivo_id, password="", otp="", account_password=""):
        """Sign these steps' documents; visas are favourable.

        :param password: opens the device once for all of them (a remote credential's is its PIN, and `otp` its one-time
            code, `account_password` that of the account); neither stored nor logged
        :return: a list of ``{passo_id, state, message}``, state being ``signed``, ``refused``, or ``waiting`` for another code
        """
        self._check_chosen(passo_ids)
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        with closing(dispositivo._open(password, otp, account_password)) as signer:
            return self._signed_all(passo_ids, dispositivo, signer)

    @api.model
    def _atto_ids(self, passo_ids):
        # Only to tell whether two are of the same act; who may sign is asked of each.
        steps = self.env["pa.atto.passo"].sudo().browse(filter(None, map(_record_id, passo_ids))).exists()
        return [step.atto_id.id for step in steps]

    @api.model
    def _device(self, env, device_id):
        return env["pa.firma.dispositivo"].browse(device_id)

    @api.model
    def _origin(self, env, item, device_id):
        return env["pa.atto.passo"].browse(item)

    @api.model
    def prepare(self, passo_ids, dispositivo_id):
        """First of two phases, where the key is not on the server: what it must sign of each document.

        :return: a list of ``{passo_id, richiesta_id, name, document_sha256, to_sign, digest, state, message}``: `to_sign` is
            base64 of the DER of the signed attributes, `digest` its SHA-256 in hexadecimal; state is ``prepared``,
            ``signed`` (an attempt cut short left the signature: give it to `finish` with none) or ``refused``
        """
        self._check_chosen(passo_ids)
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        dispositivo._certificates()
        return [self._prepare_one(passo_id, dispositivo_id) for passo_id in passo_ids]

    @api.model
    def _prepare_one(self, passo_id, dispositivo_id):
        facts, message = self._attempt(self._prepare_step, passo_id, dispositivo_id)
        empty = dict.fromkeys(("name", "document_sha256", "to_sign", "digest"), "")
        refused = {"passo_id": passo_id, "richiesta_id": False, **empty, "state": "refused", "message": message}
        return facts or refused

    @api.model
    def _prepare_step(self, env, passo_id, dispositivo_id):
        passo = env["pa.atto.passo"].browse(passo_id)
        passo._firma_check_now()
        dispositivo = env["pa.firma.dispositivo"].browse(dispositivo_id)
        return passo._firma_prepare(dispositivo, *dispositivo._certificates())[0]._prepared_facts()

    @api.model
    def finish(self, answers):
        """Second of two phases: verify the signatures that the key made, and complete the steps.

        :param answers: a list of ``{richiesta_id, signature}``, base64 of the raw signature (RSA PKCS#1 v1.5 or PSS, ECDSA)
            of `to_sign`; where it is a visa, also ``outcome`` and ``reason`` (favourable when not said)
        :return: a list of ``{richiesta_id, passo_id, state, message}``, as `sign`
        """
        if not isinstance(answers, list) or not all(map(_is_answer, answers)):
            raise UserError(self.env._("The answer of the key cannot be read."))
        ids = [_record_id(answer.get("richiesta_id")) for answer in answers]
        # As above.
        requests = self.env["pa.firma.richiesta"].sudo().browse(filter(None, ids)).exists()
        atto_ids = [request.passo_id.atto_id.id for request in requests]
        kept = self._keep_all(answers)
        # of two answers to the same request, the first one counts
        items = [(answer, request_id in kept and request_id not in ids[:place]) for place, (answer, request_id) in enumerate(zip(answers, ids, strict=True))]
        return self._each(type(self)._finish_one, items, atto_ids)

    @api.model
    def _keep_all(self, answers):
        """Put on record all that the key answered, before anything is made of it: whatever happens, no PIN is typed again for it.

        :return: ids of the requests whose answer is on record and is this call's to finish
        """
        Richiesta, signatures = self.env["pa.firma.richiesta"], {}
        for answer in answers:
            try:
                request = Richiesta._answered(_record_id(answer.get("richiesta_id")))
                signature = _signature(self.env, answer.get("signature"))
            except UserError:  # said when its turn comes
                continue
            if signature and request.state == "prepared":
                signatures.setdefault(request.id, signature)
        return Richiesta._keep_answers(signatures) if signatures else []

    @api.model
    def _finish_one(self, item):
        answer, kept = item
        request_id = answer["richiesta_id"] = _record_id(answer.get("richiesta_id"))
        # Whose request it is, is checked by the attempt: only the step's number is told back.
        mine = self.env["pa.firma.richiesta"].sudo().search([("id", "=", request_id), ("user_id", "=", self.env.uid)])
        passo_id = mine.passo_id.id
        spent = []
        _done, message = self._attempt(self._finish_step, answer, kept, spent)
        if kept and message:  # nobody waits for its outcome any more; a good answer is good for the next attempt
            mine._close(request_id, message, keep=not spent)
        return {"richiesta_id": request_id, **self._tell(passo_id, message)}

    @api.model
    def _finish_step(self, env, answer, kept, spent):
        """:param spent: told when the answer itself is of no use"""
        request = env["pa.firma.richiesta"]._answered(answer.get("richiesta_id"), kept)
        origin = request._record_to_sign().sudo(False)
        origin._firma_check_now()
        try:
            origin._firma_finish(request, _signature(env, answer.get("signature")), kept)
        except UserError as error:
            if getattr(error, "pa_code", "") != "timestamp":
                spent.append(True)
            raise
        origin._firma_use(request, answer.get("outcome") or "", answer.get("reason") or False)

    @api.model
    def _check_chosen(self, passo_ids):
        if not passo_ids:
            raise UserError(self.env._("Choose at least one document."))

    @api.model
    def _tell(self, passo_id, message, state=""):
        """The outcome of a document, also to the screens that show it."""
        outcome = {"passo_id": passo_id, "state": state or ("refused" if message else "signed"), "message": message}
        try:
            with own_transaction(self.env) as env:
                env.user._bus_send("pa_firma/progress", outcome)
        except psycopg2.OperationalError:
            # Only news: were it to repeat the whole call, documents already signed would be told as refused.
            if not is_clean(self.env):
                raise
            _logger.info("Progress of step %s was not told.", passo_id)
        return outcome


def _is_answer(answer):
    return isinstance(answer, dict) and all(isinstance(answer.get(name) or "", str) for name in ("outcome", "reason"))


def _record_id(value):
    return int(value) if isinstance(value, int) and 0 < value < 2**31 else 0


def _signature(env, text):
    if not isinstance(text or "", str) or len(text or "") > MAX_SIGNATURE:
        raise UserError(env._("The answer of the key cannot be read."))
    try:
        return base64.b64decode(text or "", validate=True)
    except ValueError:
        raise UserError(env._("The answer of the key cannot be read.")) from None
