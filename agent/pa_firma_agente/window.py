"""The consent window, one question per process: JSON in, JSON out. The PIN is typed here and nowhere else."""

import json
import sys
import tkinter as tk
from tkinter import ttk

from .window_text import conclusion, document_lines, introduction
from .words import counted, word

CALM_MILLISECONDS = 800  # a click or a key meant for the page must not land on "yes"


class ConsentWindow:
    """One question; `answer` is what the person said, a refusal until then."""

    def __init__(self, root, question):
        self.root = root
        self.question = question
        self.language = question["language"]
        self.answer = {"yes": False}
        self.pin = tk.StringVar(root)
        root.title(word("title", self.language))
        root.protocol("WM_DELETE_WINDOW", root.destroy)
        root.bind("<Escape>", lambda _event: root.destroy())
        self.frame = ttk.Frame(root, padding=20)
        self.frame.pack(fill="both", expand=True)
        self._heading()
        if question["ask"] == "sign":
            self._documents()
            self._conclusion()
        self._buttons()
        self._show()

    def _heading(self):
        title = word(f"{self.question['ask']}_title", self.language)
        ttk.Label(self.frame, text=title, font=("TkDefaultFont", 15, "bold")).pack(
            anchor="w", pady=(0, 10)
        )
        self._text("\n".join(introduction(self.question)))
        if self.question["ask"] == "pair":
            ttk.Label(
                self.frame, text=self.question["code"], font=("TkFixedFont", 26, "bold")
            ).pack(pady=12)

    def _text(self, text, **options):
        label = ttk.Label(self.frame, text=text, justify="left", wraplength=600, **options)
        label.pack(anchor="w", fill="x", pady=3)

    def _documents(self):
        box = ttk.Frame(self.frame)
        box.pack(fill="both", expand=True, pady=8)
        documents = self.question["documents"]
        text = tk.Text(
            box,
            height=min(5 * len(documents), 16),
            width=78,
            wrap="word",
            font="TkDefaultFont",
            relief="flat",
            padx=8,
            pady=6,
        )
        bar = ttk.Scrollbar(box, command=text.yview)
        text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        text.pack(side="left", fill="both", expand=True)
        text.tag_configure("name", font=("TkDefaultFont", 11, "bold"))
        text.tag_configure("hash", font=("TkFixedFont", 9), spacing3=8)
        for number, document in enumerate(documents, 1):
            name, worth, digest = document_lines(document, self.language)
            text.insert("end", f"{number}. {name}\n", "name")
            text.insert("end", f"{worth}\n")
            text.insert("end", f"{digest}\n", "hash")
        text.configure(state="disabled")

    def _conclusion(self):
        first, *others = conclusion(self.question)
        self._text(first)
        for line in others:
            self._text(line, foreground="#b00020" if not self.question["pinpad"] else "")
        if self.question["pinpad"]:
            return
        row = ttk.Frame(self.frame)
        row.pack(anchor="w", pady=8)
        ttk.Label(row, text=word("pin", self.language)).pack(side="left", padx=(0, 8))
        self.entry = ttk.Entry(row, textvariable=self.pin, show="•", width=18)
        self.entry.pack(side="left")
        self.entry.bind("<Return>", lambda _event: self.accept())

    def _buttons(self):
        row = ttk.Frame(self.frame)
        row.pack(fill="x", pady=(12, 0))
        if self.question["ask"] == "sign":
            text = counted("sign_yes", len(self.question["documents"]), self.language)
        else:
            text = word(f"{self.question['ask']}_yes", self.language)
        self.yes = ttk.Button(row, text=text, command=self.accept, state="disabled")
        self.yes.pack(side="right")
        ttk.Button(row, text=word("no", self.language), command=self.root.destroy).pack(
            side="right", padx=8
        )
        self.root.after(CALM_MILLISECONDS, lambda: self.yes.configure(state="normal"))

    def _show(self):
        root = self.root
        root.update_idletasks()
        root.minsize(min(root.winfo_reqwidth(), root.winfo_screenwidth()), 200)
        left = max(0, (root.winfo_screenwidth() - root.winfo_reqwidth()) // 2)
        top = max(0, (root.winfo_screenheight() - root.winfo_reqheight()) // 3)
        root.geometry(f"+{left}+{top}")
        root.attributes("-topmost", True)
        root.lift()
        if hasattr(self, "entry"):
            root.after(CALM_MILLISECONDS, self.entry.focus_force)

    def accept(self):
        """The person said yes."""
        asks_pin = hasattr(self, "entry")
        if str(self.yes["state"]) == "disabled" or (asks_pin and not self.pin.get()):
            return
        self.answer = {"yes": True, **({"pin": self.pin.get()} if asks_pin else {})}
        self.root.destroy()


def main():
    """Serve one question."""
    question = json.loads(sys.stdin.buffer.read())
    root = tk.Tk()
    window = ConsentWindow(root, question)
    root.mainloop()
    print(json.dumps(window.answer))


if __name__ == "__main__":
    main()
