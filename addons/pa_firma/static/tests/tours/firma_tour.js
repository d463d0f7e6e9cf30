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
        { content: "Three documents", trigger: ".o_pa_libro_row:nth-of-type(4)" },
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
