"""The QR code of the visible mark, as the operators that draw its squares on a PDF page (ISO/IEC 18004).

Written by hand in the appearance: a renderer of pages takes longer over a thousand squares than the whole signature does.
"""

import functools
import re

import qrcode
import qrcode.constants

LEFT, BOTTOM, SIDE = 3.4, 3, 38  # points, inside the mark


def matrix(address):
    """Rows of dark and light squares."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    return code.get_matrix()


@functools.lru_cache(maxsize=256)  # a document is signed by several people, the address is its own
def squares(address):
    """Content that fills the dark squares: one rectangle for each run of them."""
    rows = matrix(address)
    scale = SIDE / len(rows)
    runs = "".join(_runs(len(rows) - 1 - number, row) for number, row in enumerate(rows))
    return f" q {scale:.5f} 0 0 {scale:.5f} {LEFT} {BOTTOM} cm 0 0 0 rg {runs}f Q".encode()


def _runs(height, row):
    text = "".join("1" if dark else "0" for dark in row)
    return "".join(f"{run.start()} {height} {len(run[0])} 1 re " for run in re.finditer("1+", text))
