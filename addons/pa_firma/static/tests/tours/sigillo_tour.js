import { registry } from "@web/core/registry";

const PIN = "pin-246813579";
const CODE = "otp-1357924680";
const WORD = "parola-del-conto-77";

function checkForgotten() {
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML;
    const typed = [...document.querySelectorAll("input")].map((input) => input.value).join(" ");
    for (const secret of [PIN, CODE, WORD]) {
        if ((kept + typed).includes(secret)) {
            throw new Error("Something that was typed is still in the browser.");
        }
    }
}

/** The code is sent by the service of the seal, then everything is typed and handed over. */
const typeAll = () => [
    { content: "The code is sent", trigger: ".o_dialog #pa_firma_account_password", run: `edit ${WORD}` },
    { trigger: ".o_dialog .o_pa_send_code", run: "click" },
    { trigger: ".o_dialog #pa_firma_otp:focus", run: `edit ${CODE}`, timeout: 30000 },
    { trigger: ".o_dialog #pa_firma_account_password", run: `edit ${WORD}` },
    { trigger: ".o_dialog #pa_firma_password", run: `edit ${PIN}` },
    { trigger: ".o_dialog .o_pa_password_button button.btn-primary", run: "click" },
];

const line = (text) => `.o_dialog .o_field_widget[name=riga_ids] .o_data_row:contains('${text}')`;

registry.category("web_tour.tours").add("pa_firma_seal_remote_add", {
    steps: () => [
        { content: "Add a seal", trigger: "button.o_pa_add_seal", run: "click" },
        { trigger: ".o_dialog input[data-value=remote]", run: "click" },
        { trigger: ".o_dialog .o_field_widget[name=account] input", run: "edit comune" },
        { trigger: ".o_dialog #pa_firma_account_password", run: `edit ${WORD}` },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "It is there", trigger: "body:not(:has(.o_dialog))", timeout: 30000, run: checkForgotten },
    ],
});

registry.category("web_tour.tours").add("pa_firma_seal_remote", {
    steps: () => [
        { trigger: ".o_notebook a[name=documents]", run: "click" },
        { content: "Several at once", trigger: "button[name=action_seal_documents]", run: "click" },
        { trigger: line("firmato.pdf") },
        ...typeAll(),
        { content: "The outcome of each", trigger: `${line("firmato.pdf")} .text-bg-success`, timeout: 60000, run: checkForgotten },
        { trigger: ".o_dialog button[name=action_close]", run: "click" },
        { trigger: "body:not(:has(.o_dialog)) .o_field_widget[name=documento_ids] .o_data_row:contains('sigillato.pdf')" },
    ],
});

registry.category("web_tour.tours").add("pa_firma_seal_many", {
    steps: () => [
        { trigger: ".o_list_view .o_data_row:contains('Atto non concluso')" },
        { trigger: ".o_list_view thead .o_list_record_selector input", run: "click" },
        { trigger: ".o_cp_action_menus button:has(.fa-cog)", run: "click" },
        { trigger: ".o-dropdown--menu .o_menu_item:contains('Sigilla copie')", run: "click" },
        { content: "Why not this one", trigger: `${line("Atto non concluso")}.text-muted` },
        ...typeAll(),
        { trigger: `${line("Atto uno")} .text-bg-success`, timeout: 60000 },
        { trigger: `${line("Atto due")} .text-bg-success` },
        { trigger: ".o_dialog button[name=action_close]", run: "click" },
        { trigger: "body:not(:has(.o_dialog))", run: checkForgotten },
    ],
});
