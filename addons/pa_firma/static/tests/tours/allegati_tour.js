import { registry } from "@web/core/registry";

const row = (name) => `.o_field_widget[name=documento_ids] .o_data_row:contains('${name}')`;

registry.category("web_tour.tours").add("pa_firma_attachments", {
    steps: () => [
        { trigger: ".o_notebook a[name=documents]", run: "click" },
        { content: "Sign an XML", trigger: `${row("computo.xml")} button[name=action_sign_file]`, run: "click" },
        { content: "Inside the document, unless one chooses otherwise", trigger: ".o_dialog .o_field_widget[name=form] input:checked" },
        { trigger: ".o_dialog #pa_firma_password", run: "edit una-Parola-segreta-7391" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { content: "The signed file is there", trigger: `body:not(:has(.o_dialog)) ${row("computo-firmato.xml")}`, timeout: 60000 },
        { content: "It is stamped", trigger: `${row("computo-firmato.xml")} button[name=action_timestamp]`, run: "click" },
        { content: "The verdict", trigger: ".o_dialog .o_pa_verdetto .alert-success", timeout: 60000 },
        { trigger: ".o_dialog .o_pa_verdetto:contains('Demo TSA')" },
        { trigger: ".o_dialog .btn-close", run: "click" },
        { content: "A detached signature finds its document", trigger: `${row("relazione.p7s")} button[name=action_verify]`, run: "click" },
        { trigger: ".o_dialog .o_pa_verdetto:contains('relazione.txt') .alert-success", timeout: 60000 },
        { trigger: ".o_dialog button[name=action_report_pdf]" },
        { trigger: ".o_dialog .btn-close", run: "click" },
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});

registry.category("web_tour.tours").add("pa_firma_seal", {
    steps: () => [
        { trigger: ".o_notebook a[name=documents]", run: "click" },
        { content: "Seal a copy", trigger: `${row("firmato.pdf")} button[name=action_seal]`, run: "click" },
        { trigger: ".o_dialog #pa_firma_password", run: "edit una-Parola-segreta-7391" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        { trigger: `body:not(:has(.o_dialog)) ${row("sigillato.pdf")}`, timeout: 60000 },
        { trigger: `${row("sigillato.pdf")} button[name=action_verify]`, run: "click" },
        { content: "It is the body's seal", trigger: ".o_dialog .o_pa_verdetto:contains('00743110157') .alert-success", timeout: 60000 },
        { trigger: ".o_dialog .btn-close", run: "click" },
        { trigger: "body:not(:has(.o_dialog))" },
    ],
});
