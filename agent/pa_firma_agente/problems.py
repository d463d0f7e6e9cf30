"""Refusals with a code, as docs/agent-protocol.md lists them."""

# code: (HTTP status, Italian, English)
PROBLEMS = {
    "host": (421, "Indirizzo non ammesso.", "Address not allowed."),
    "origin": (
        403,
        "La pagina non ha detto da dove viene.",
        "The page did not say where it comes from.",
    ),
    "insecure_origin": (403, "Il sito non usa https.", "The site does not use https."),
    "not_paired": (
        403,
        "Questo sito non è abbinato all'agente.",
        "This site is not paired with the agent.",
    ),
    "not_found": (404, "Richiesta sconosciuta.", "Unknown request."),
    "method": (405, "Metodo non ammesso.", "Method not allowed."),
    "length": (411, "Manca la lunghezza della richiesta.", "The length of the request is missing."),
    "too_large": (413, "La richiesta è troppo grande.", "The request is too large."),
    "media_type": (415, "La richiesta deve essere JSON.", "The request must be JSON."),
    "malformed": (400, "La richiesta non è valida.", "The request is not valid."),
    "nonce": (
        409,
        "Richiesta scaduta o già usata.",
        "The request has expired or was already used.",
    ),
    "attributes": (
        422,
        "I dati da firmare non sono attributi di una firma di quel documento.",
        "What is to be signed are not the attributes of a signature of that document.",
    ),
    "content": (
        422,
        "Il documento inviato non è quello che si firmerebbe.",
        "The document sent is not the one that would be signed.",
    ),
    "busy": (
        409,
        "L'agente sta già servendo una richiesta.",
        "The agent is already serving a request.",
    ),
    "too_many": (
        429,
        "Troppe richieste: attendere un minuto.",
        "Too many requests: wait a minute.",
    ),
    "refused": (403, "Rifiutato dalla persona.", "Refused by the person."),
    "timeout": (408, "Nessuna risposta in tempo.", "No answer in time."),
    "no_module": (
        503,
        "Manca la libreria PKCS#11 della tessera: avviare l'agente con --module.",
        "The card's PKCS#11 library is missing: start the agent with --module.",
    ),
    "no_token": (503, "Nessuna tessera inserita.", "No card is inserted."),
    "certificate_absent": (
        404,
        "La tessera inserita non contiene quel certificato.",
        "The card inserted does not hold that certificate.",
    ),
    "certificate_expired": (
        422,
        "Il certificato non è in corso di validità.",
        "The certificate is not valid today.",
    ),
    "pin_wrong": (403, "PIN errato.", "Wrong PIN."),
    "pin_locked": (
        403,
        "Il PIN è bloccato: serve il PUK.",
        "The PIN is blocked: the PUK is needed.",
    ),
    "token": (503, "La tessera non risponde.", "The card does not answer."),
    "internal": (500, "Errore dell'agente.", "The agent failed."),
}


class Problem(Exception):
    """A refusal. `facts` go into the answer: they must be harmless (never a PIN)."""

    def __init__(self, code, **facts):
        super().__init__(code)
        self.code = code
        self.status = PROBLEMS[code][0]
        self.facts = facts

    def answer(self, language="it"):
        """What is sent to the page."""
        _status, italian, english = PROBLEMS[self.code]
        return {
            "error": self.code,
            "message": italian if language == "it" else english,
            **self.facts,
        }
