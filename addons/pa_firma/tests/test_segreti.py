import logging

from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import PASSWORD, FirmaCommon, LogCatcher

CODE = "otp-1357924680"


@tagged("post_install", "-at_install")
class TestSegreti(FirmaCommon):
    """Calls as they come from the network, with Odoo logging all that it can."""

    def _logged(self, model, name, args, kwargs):
        with LogCatcher() as log:
            logging.getLogger("odoo.service.model").setLevel(logging.DEBUG)
            try:
                call_kw(self.env[model].with_user(self.responsabile), name, args, kwargs)
            finally:
                logging.getLogger("odoo.service.model").setLevel(logging.NOTSET)
        return log.stream.getvalue().decode()

    def test_what_is_typed_is_not_in_the_log_of_calls(self):
        device = self._device_of(self.responsabile)
        steps = [self._at_signature(oggetto=f"Atto {n}").with_user(self.responsabile)._my_step() for n in range(2)]
        by_name = {"password": PASSWORD, "otp": CODE}
        for args, kwargs in (([[steps[0].id], device.id], by_name), ([[steps[1].id], device.id, PASSWORD, CODE], {})):
            logged = self._logged("pa.firma.libro", "sign", args, kwargs)
            self.assertIn("pa.firma.libro().sign(hidden", logged)
            self.assertNotIn(PASSWORD, logged)
            self.assertNotIn(CODE, logged)

    def test_other_calls_are_logged_as_before(self):
        self.assertIn("name_search('qualcosa')", self._logged("pa.firma", "name_search", ["qualcosa"], {}))
