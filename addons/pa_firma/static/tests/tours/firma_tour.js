import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("pa_firma_dialog", {
    steps: () => [
        { content: "Sign", trigger: ".o_form_statusbar button[name=action_complete_mine]", run: "click" },
        { content: "The very PDF is shown", trigger: ".o_dialog .o_widget_pa_pdf iframe" },
        { content: "Wrong password", trigger: ".o_dialog #pa_firma_password", run: "edit sbagliata" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "It is said", trigger: ".o_error_dialog .btn-primary", run: "click", timeout: 60000 },
        { content: "Right password", trigger: ".o_dialog #pa_firma_password", run: "edit una-Parola-segreta-7391" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "The dialog closes", trigger: "body:not(:has(.o_dialog))", timeout: 60000 },
        { content: "The panel", trigger: ".o_notebook a[name=firme]", run: "click" },
        { content: "The verdict", trigger: ".o_pa_firme .o_kanban_record:contains('Responsabile') .text-bg-success" },
    ],
});

registry.category("web_tour.tours").add("pa_firma_libro", {
    steps: () => [
        { content: "Four documents of two types: only the determine", trigger: ".o_pa_libro_row:nth-of-type(5)" },
        { trigger: "select.o_pa_libro_tipo", run: "select Determinazione" },
        { content: "The other one is neither shown nor chosen", trigger: ".o_pa_libro_bar:contains('3 scelti su 3')" },
        { trigger: ".o_pa_libro_list:not(:has(.o_pa_libro_row:nth-of-type(5)))", run: ({ anchor }) => anchor.focus() },
        { content: "The first is shown", trigger: ".o_pa_libro_preview iframe" },
        { content: "Keyboard: next, exclude", trigger: ".o_pa_libro_list", run: "press ArrowDown" },
        { trigger: ".o_pa_libro_list", run: "press Space" },
        { trigger: ".o_pa_libro_row[aria-current=true][aria-selected=false]" },
        { content: "Keyboard: to the password", trigger: ".o_pa_libro_list", run: "press Enter" },
        { trigger: "#pa_libro_password:focus", run: "edit una-Parola-segreta-7391" },
        { trigger: "#pa_libro_password", run: "press Enter" },
        { content: "Two signed, one waits", trigger: ".o_pa_libro_row:nth-of-type(2) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(4) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(3):not(:has(.badge))" },
    ],
});

const PIN = "pin-246813579";
const CODE = "otp-1357924680";
const WORD = "parola-del-conto-77";

/** Nothing of what was typed is left in the browser. */
function checkForgotten() {
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML;
    const typed = [...document.querySelectorAll("input")].map((input) => input.value).join(" ");
    for (const secret of [PIN, CODE, WORD]) {
        if ((kept + typed).includes(secret)) {
            throw new Error("Something that was typed is still in the browser.");
        }
    }
}

registry.category("web_tour.tours").add("pa_firma_remoto", {
    steps: () => [
        { content: "Add a way to sign", trigger: "button.o_pa_add_way", run: "click" },
        { trigger: ".o_dialog input[data-value=remote]", run: "click" },
        { trigger: ".o_dialog .o_field_widget[name=account] input", run: "edit resp" },
        { trigger: ".o_dialog #pa_firma_account_password", run: `edit ${WORD}` },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "It is there", trigger: "body:not(:has(.o_dialog))", timeout: 30000 },
    ],
});

registry.category("web_tour.tours").add("pa_firma_remoto_libro", {
    steps: () => [
        { content: "Three documents", trigger: ".o_pa_libro_row:nth-of-type(4)" },
        { content: "Choose the remote service", trigger: "select[aria-label]", run: "selectByLabel Firma a distanza" },
        { content: "The code is sent", trigger: "#pa_libro_account_password", run: `edit ${WORD}` },
        { trigger: ".o_pa_send_code", run: "click" },
        { trigger: "#pa_libro_otp:focus", timeout: 30000 },
        { content: "A wrong one is refused", trigger: "#pa_libro_password", run: `edit ${PIN}` },
        { trigger: "#pa_libro_otp", run: "edit 000000" },
        { trigger: "#pa_libro_otp", run: "press Enter" },
        { trigger: ".o_error_dialog .btn-primary", run: "click", timeout: 30000 },
        { content: "All wait still", trigger: ".o_pa_libro_row:not(:has(.badge))" },
        { content: "Keyboard: from the list on", trigger: ".o_pa_libro_list", run: "press Enter" },
        { trigger: "#pa_libro_account_password", run: `edit ${WORD}` },
        { trigger: "#pa_libro_account_password", run: "press Enter" },
        { trigger: "#pa_libro_password:focus", run: `edit ${PIN}` },
        { trigger: "#pa_libro_password", run: "press Enter" },
        { trigger: "#pa_libro_otp:focus", run: `edit ${CODE}` },
        { trigger: "#pa_libro_otp", run: "press Enter" },
        { content: "All signed", trigger: ".o_pa_libro_row:nth-of-type(2) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(3) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(4) .text-bg-success", timeout: 60000, run: checkForgotten },
    ],
});
