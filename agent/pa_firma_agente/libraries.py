"""Where the cards' PKCS#11 libraries usually are. Others are given with --module."""

import sys
from pathlib import Path

_LINUX = (
    "/usr/lib/bit4id/libbit4xpki.so",
    "/usr/lib/bit4id/libbit4ipki.so",
    "/usr/lib/libbit4xpki.so",
    "/usr/lib/libbit4ipki.so",
    "/usr/local/lib/libbit4xpki.so",
    "/usr/lib/libASEP11.so",
    "/usr/local/lib/libcie-pkcs11.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
)
_MAC = (
    "/Library/bit4id/pkcs11/libbit4xpki.dylib",
    "/Library/bit4id/pkcs11/libbit4ipki.dylib",
    "/usr/local/lib/libcie-pkcs11.dylib",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
)
_WINDOWS = (
    r"C:\Windows\System32\bit4xpki.dll",
    r"C:\Windows\System32\bit4ipki.dll",
    r"C:\Windows\System32\asepkcs.dll",
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
)


def known():
    """Paths that exist on this computer."""
    names = {"darwin": _MAC, "win32": _WINDOWS}.get(sys.platform, _LINUX)
    return [name for name in names if Path(name).is_file()]
