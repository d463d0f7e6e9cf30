class FirmaError(Exception):
    """A refusal with a stable `code` (the interface translates it) and a plain English `detail`."""

    def __init__(self, code, detail=""):
        super().__init__(detail or code)
        self.code = code
        self.detail = detail or code
