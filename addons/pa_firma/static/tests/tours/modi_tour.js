import { registry } from "@web/core/registry";

const PIN = "246813579";

function checkForgotten() {
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML;
    const typed = [...document.querySelectorAll("input")].map((input) => input.value).join(" ");
    if ((kept + typed).includes(PIN)) {
        throw new Error("The PIN is still in the browser.");
    }
}

registry.category("web_tour.tours").add("pa_firma_token_enroll", {
    steps: () => [
        { content: "Add a way to sign", trigger: "button.o_pa_add_way", run: "click" },
        { content: "The token attached to the server", trigger: ".o_dialog input[data-value=token]", run: "click" },
        { trigger: ".o_dialog .o_field_widget[name=token_label] input", run: "edit tessera" },
        { content: "Wrong PIN", trigger: ".o_dialog #pa_firma_password", run: "edit 000000" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "It is said", trigger: ".o_error_dialog:contains('PIN') .btn-primary", run: "click", timeout: 60000 },
        { trigger: ".o_dialog #pa_firma_password", run: `edit ${PIN}` },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "It is there", trigger: "body:not(:has(.o_dialog)) .o_data_row:contains('Responsabile')", timeout: 60000 },
        { trigger: "body", run: checkForgotten },
    ],
});

registry.category("web_tour.tours").add("pa_firma_token_libro", {
    steps: () => [
        { content: "Two documents", trigger: ".o_pa_libro_row:nth-of-type(3)" },
        { content: "Keyboard: to the PIN", trigger: ".o_pa_libro_list", run: "press Enter" },
        { trigger: "#pa_libro_password:focus", run: `edit ${PIN}` },
        { trigger: "#pa_libro_password", run: "press Enter" },
        { content: "Both signed", trigger: ".o_pa_libro_row:nth-of-type(2) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(3) .text-bg-success", timeout: 60000, run: checkForgotten },
    ],
});

/** Gives the upload field of a dialog a file that the test left at an address. */
async function upload(address, name) {
    const answer = await fetch(address);
    const file = new File([await answer.blob()], name, { type: "application/pdf" });
    const input = document.querySelector(".o_dialog .o_field_widget[name=signed_file] input[type=file]");
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

registry.category("web_tour.tours").add("pa_firma_elsewhere", {
    steps: () => [
        { content: "Add a way to sign", trigger: "button.o_pa_add_way", run: "click" },
        { content: "Signed elsewhere", trigger: ".o_dialog input[data-value=elsewhere]", run: "click" },
        { trigger: ".o_dialog button[name=action_elsewhere]", run: "click" },
        { trigger: "body:not(:has(.o_dialog)) .o_data_row" },
    ],
});

registry.category("web_tour.tours").add("pa_firma_uploaded", {
    steps: () => [
        { content: "Sign", trigger: ".o_form_statusbar button[name=action_complete_mine]", run: "click" },
        { content: "The document can be taken away", trigger: ".o_dialog button[name=action_download]" },
        { content: "A file that is not the one given", trigger: ".o_dialog .o_field_widget[name=signed_file]", run: () => upload("/pa_firma/prova/altro.pdf", "altro.pdf") },
        { trigger: ".o_dialog .o_field_widget[name=signed_file] :value('altro.pdf')" },
        { trigger: ".o_dialog button[name=action_upload]", run: "click" },
        { content: "It is refused", trigger: ".o_error_dialog .btn-primary", run: "click", timeout: 60000 },
        { content: "The right one", trigger: ".o_dialog .o_field_widget[name=signed_file]", run: () => upload("/pa_firma/prova/firmato.pdf", "firmato.pdf") },
        { trigger: ".o_dialog .o_field_widget[name=signed_file] :value('firmato.pdf')" },
        { trigger: ".o_dialog button[name=action_upload]", run: "click" },
        { content: "The dialog closes", trigger: "body:not(:has(.o_dialog))", timeout: 60000 },
        { content: "The panel", trigger: ".o_notebook a[name=firme]", run: "click" },
        { content: "The verdict", trigger: ".o_pa_firme .o_kanban_record:contains('Responsabile') .text-bg-success" },
    ],
});
