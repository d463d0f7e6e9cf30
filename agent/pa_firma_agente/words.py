"""What the person reads, in Italian and in English."""

WORDS = {
    "title": ("Agente di firma", "Signing agent"),
    "pair_title": ("Un sito chiede di usare la tua tessera", "A site asks to use your card"),
    "pair_text": (
        "Il sito\n\n{origin}\n\nchiede di essere abbinato a questo computer. Potrà chiederti di firmare: ogni volta vedrai "
        "i documenti e darai il PIN qui, mai nella pagina.\n\nLa pagina deve mostrare questo codice:",
        "The site\n\n{origin}\n\nasks to be paired with this computer. It will be able to ask you to sign: each time you will see "
        "the documents and type the PIN here, never in the page.\n\nThe page must show this code:",
    ),
    "pair_yes": ("È lo stesso codice: abbina", "Same code: pair"),
    "certificates_title": ("Un sito chiede chi sei", "A site asks who you are"),
    "certificates_text": (
        "Il sito\n\n{origin}\n\nchiede di leggere i certificati di firma della tessera inserita (nome, codice fiscale, scadenza). "
        "Il PIN non serve.",
        "The site\n\n{origin}\n\nasks to read the signing certificates of the card inserted (name, tax code, validity). "
        "The PIN is not needed.",
    ),
    "certificates_yes": ("Mostra i certificati", "Show the certificates"),
    "sign_title": ("Firma", "Sign"),
    "sign_text": (
        "Il sito {origin} chiede la tua firma su {count} documenti:",
        "{origin} asks your signature on {count} documents:",
    ),
    "sign_text_one": (
        "Il sito {origin} chiede la tua firma su un documento:",
        "{origin} asks your signature on one document:",
    ),
    "sign_with": (
        "Certificato: {holder}, rilasciato da {issuer}, valido fino al {until}",
        "Certificate: {holder}, issued by {issuer}, valid until {until}",
    ),
    "document": ("impronta SHA-256 del documento", "SHA-256 of the document"),
    "checked": (
        "calcolata qui sul documento che si firma",
        "computed here on the document being signed",
    ),
    "declared": (
        "dichiarata dal sito: confrontala con quella del documento che hai letto",
        "declared by the site: compare it with that of the document you read",
    ),
    "pin": ("PIN della tessera", "PIN of the card"),
    "pinpad": ("Il PIN si digita sul lettore.", "The PIN is typed on the reader."),
    "wrong": ("PIN errato: riprova.", "Wrong PIN: try again."),
    "few": (
        "Attenzione: restano pochi tentativi prima che il PIN si blocchi.",
        "Careful: few attempts are left before the PIN is blocked.",
    ),
    "last": (
        "ATTENZIONE: è l'ultimo tentativo. Se il PIN è errato la tessera si blocca e serve il PUK.",
        "CAREFUL: this is the last attempt. If the PIN is wrong the card is blocked and the PUK is needed.",
    ),
    "sign_yes": ("Firma {count} documenti", "Sign {count} documents"),
    "sign_yes_one": ("Firma il documento", "Sign the document"),
    "no": ("Rifiuta", "Refuse"),
    "terminal_yes": (
        "Scrivi SI e premi Invio per accettare, altro per rifiutare: ",
        "Type YES and press Enter to accept, anything else refuses: ",
    ),
    "terminal_pin": ("{pin} (vuoto per rifiutare): ", "{pin} (empty refuses): "),
    "ready": (
        "Agente di firma in ascolto su http://127.0.0.1:{port} (Ctrl+C per fermarlo).",
        "Signing agent listening on http://127.0.0.1:{port} (Ctrl+C stops it).",
    ),
    "module_missing": (
        "Nessuna libreria PKCS#11 trovata: indicarla con --module (è nel software della tessera).",
        "No PKCS#11 library found: give it with --module (it comes with the card's software).",
    ),
    "module_unreadable": (
        "La libreria {module} non esiste.",
        "The library {module} does not exist.",
    ),
    "no_screen": (
        "Non c'è né uno schermo né un terminale su cui chiedere il consenso.",
        "There is neither a screen nor a terminal to ask for consent on.",
    ),
    "busy_port": (
        "La porta {port} è occupata: forse l'agente è già avviato. Altrimenti usare --port.",
        "Port {port} is busy: perhaps the agent is already running. Otherwise use --port.",
    ),
    "no_pairs": ("Nessun sito abbinato.", "No site is paired."),
    "paired": ("{origin} è abbinato.", "{origin} is paired."),
    "forgotten": ("{origin} non è più abbinato.", "{origin} is no longer paired."),
    "unknown_origin": ("{origin} non era abbinato.", "{origin} was not paired."),
    "bad_origin": (
        "{origin} non è l'indirizzo di un sito https (per esempio https://atti.comune.esempio.it).",
        "{origin} is not the address of an https site (for example https://acts.example.org).",
    ),
}


def word(key, language="it", /, **facts):
    """The sentence, with its facts."""
    italian, english = WORDS[key]
    return (italian if language == "it" else english).format(**facts)


def counted(key, count, language="it", /, **facts):
    """The sentence for one, or for many."""
    return word(f"{key}_one" if count == 1 else key, language, count=count, **facts)
