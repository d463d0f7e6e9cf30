from odoo.addons.pa_atti.tests.test_traduzione import TestTraduzione as HubTraduzione
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTraduzioneFirma(HubTraduzione):
    module = "pa_firma"


del HubTraduzione  # its own tests run in the hub
