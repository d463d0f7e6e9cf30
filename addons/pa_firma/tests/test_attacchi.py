from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PASSWORD, FirmaCommon


@tagged("post_install", "-at_install")
class TestAttacchi(FirmaCommon):
    """What a low-rights user tries over RPC."""

    def test_nobody_writes_signatures(self):
        atto = self._at_signature()
        self._sign(atto, self.responsabile)
        firma = atto.sudo().firma_ids
        request = self.env["pa.firma.richiesta"].search([("atto_id", "=", atto.id)])
        for record in (firma, request):
            for user in (self.istruttore, self.responsabile, self.env.user):
                with self.assertRaises(UserError):
                    record.with_user(user).write({"verdict": "not_valid"})
                with self.assertRaises(UserError):
                    record.with_user(user).unlink()
                with self.assertRaises(UserError):
                    record.with_user(user).create({"verdict": "valid"})

    def test_act_is_not_born_signed(self):
        atto = self._draft(firma_ids=[(0, 0, {"verdict": "valid"})])
        self.assertFalse(atto.sudo().firma_ids)

    def test_key_file_is_read_by_nobody(self):
        device = self._device_of(self.responsabile)
        for user in (self.responsabile, self.istruttore):
            with self.assertRaises(AccessError):
                device.with_user(user).read(["key_file"])
        self.assertNotIn("key_file", device.with_user(self.responsabile).read()[0])
        with self.assertRaises(UserError):
            device.with_user(self.responsabile).export_data(["key_file"])
        with self.assertRaises(AccessError):
            device.with_user(self.istruttore).read(["name"])

    def test_device_of_somebody_else(self):
        atto = self._at_signature()
        step = atto.with_user(self.responsabile)._my_step()
        with self.assertRaises(AccessError):
            step.action_sign(self._device_of(self.finanziario).id, PASSWORD)

    def test_device_does_not_change_hands(self):
        device = self._device_of(self.responsabile)
        for vals in ({"user_id": self.istruttore.id}, {"key_file": "eA=="}, {"codice_fiscale": "X"}, {"kind": "elsewhere"}):
            with self.assertRaises(UserError):
                device.with_user(self.responsabile).write(vals)

    def test_nobody_gives_himself_a_codice_fiscale(self):
        with self.assertRaises(AccessError):
            self.istruttore.with_user(self.istruttore).write({"pa_codice_fiscale": self.responsabile.pa_codice_fiscale})

    def test_step_mode_is_sealed(self):
        atto = self._at_signature()
        step = atto.current_passo_ids
        for user in (self.responsabile, self.env.user):
            with self.assertRaises(UserError):
                step.with_user(user).write({"firma_mode": "paper"})

    def test_type_mode_is_configuration(self):
        tipo = self.env.ref("pa_atti.tipo_determina").with_user(self.responsabile)
        with self.assertRaises(AccessError):
            tipo.write({"firma_mode": "paper"})
        with self.assertRaises(AccessError):
            self.env["pa.firma.avvio"].with_user(self.responsabile).create({"tipo_id": tipo.id, "date_from": "2020-01-01"})

    def test_anchors_are_configuration(self):
        Ancora = self.env["pa.firma.ancora"].with_user(self.responsabile)
        with self.assertRaises(AccessError):
            Ancora.create({"pem": self.pki.root_pem.decode()})
