from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.renderer import RefusedResource, render_pdf
from .common import AttiCommon

SVG = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'%3E{}%3C/svg%3E"


@tagged("post_install", "-at_install")
class TestDocumento(AttiCommon):
    """What the HTML of an act tries to bring into the page that is signed."""

    def _bytes_or_refusal(self, html):
        with mute_logger("weasyprint"):
            try:
                return render_pdf(f"<html><body><p>Testo</p>{html}</body></html>")
            except RefusedResource:
                return None

    def test_file_in_the_text_is_refused(self):
        for tag in ('<img src="file:///etc/passwd">', '<img src="http://127.0.0.1/x.png">'):
            atto = self._draft(dispositivo=f"<p>Testo</p>{tag}")
            with self.assertRaises(UserError):
                atto.action_start()

    def test_nothing_from_outside(self):
        for name in ("/etc/passwd", "/etc/hostname"):
            for html in (
                f'<img src="file://{name}">', f'<object data="file://{name}"></object>', f'<embed src="file://{name}">',
                f'<div style="background: url(file://{name})">x</div>', f'<ul style="list-style: url(file://{name})"><li>x</ul>',
                f'<style>@import url("file://{name}");</style>', f'<link rel="stylesheet" href="file://{name}">',
                f'<style>@font-face {{ font-family: x; src: url("file://{name}") }} p {{ font-family: x }}</style>',
                f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file://{name}" width="9" height="9"/></svg>',
                '<img src="' + SVG.format(f"%3Cimage xlink:href='file://{name}' width='9' height='9'/%3E") + '">',
                '<img src="http://127.0.0.1:1/x.png">', '<img src="ftp://127.0.0.1/x.png">', '<img src="//127.0.0.1/x.png">',
            ):
                with self.subTest(html):
                    data = self._bytes_or_refusal(html)
                    self.assertNotIn(b"root:", data or b"")

    def test_no_file_hides_behind_the_page(self):
        for html in (
            '<a rel="attachment" href="file:///etc/passwd">x</a>', '<a rel="attachment" href="data:text/plain,segreto">x</a>',
            '<a REL="nofollow Attachment" href="data:text/plain,segreto">x</a>',
            '<link rel="attachment" href="data:text/plain,segreto">', '<link rel="attachment" href="file:///etc/passwd">',
        ):
            with self.subTest(html):
                data = self._bytes_or_refusal(html)
                self.assertNotIn(b"EmbeddedFile", data)
                self.assertNotIn(b"/FileAttachment", data)

    def test_attachment_link_of_an_author(self):
        atto = self._draft(dispositivo='<p>Testo</p><a rel="attachment" href="data:text/plain,segreto">x</a>')
        atto.action_start()
        self.assertNotIn(b"EmbeddedFile", atto.sudo()._official_document()._bytes())
