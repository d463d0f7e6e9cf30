import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const subject = "Sfalcio dei cigli stradali";

/** Opens the act that waits on the desk. */
const openFromDesk = (text = subject) => [
    { content: "the figure of what waits", trigger: ".o_pa_tile[data-tile=waiting] .badge:contains(1)" },
    { content: "open the act", trigger: `.o_data_row .o_data_cell[name=oggetto]:contains(${text})`, run: "click" },
    { content: "it says what waits for me", trigger: ".o_pa_waiting:visible" },
];
const button = (name, index = 0) => ({
    content: `press ${name}`,
    trigger: `.o_statusbar_buttons button[name=${name}]:visible:enabled:eq(${index})`,
    run: "click",
});
const nothingWaits = { content: "nothing waits for me any more", trigger: ".o_form_view:not(:has(.o_pa_waiting:visible))" };
const choose = (field, text, root = "") => [
    { content: `type in ${field}`, trigger: `${root} .o_field_widget[name=${field}] input`, run: `edit ${text}` },
    { content: `choose ${text}`, trigger: `.o-autocomplete--dropdown-item > a:text(${text})`, run: "click" },
];
const confirmDialog = [
    { content: "confirm", trigger: ".modal button[name=action_confirm]:enabled", run: "click" },
    { content: "the dialog is closed", trigger: "body:not(:has(.modal))" },
];

tours.add("pa_atti_istruttore", {
    steps: () => [
        { content: "new act", trigger: ".o_list_button_add", run: "click" },
        { content: "subject", trigger: "div[name=oggetto] textarea", run: `edit ${subject}` },
        ...choose("tipo_id", "Determinazione"),
        { content: "save", trigger: ".o_form_button_save:enabled", run: "click" },
        { content: "from the template", trigger: "button[name=action_apply_template]:visible", run: "click" },
        { content: "the subject is in the text", trigger: `[name=motivazione] .odoo-editor-editable:contains(${subject})` },
        button("action_start"),
        { content: "under way", trigger: ".o_arrow_button_current[data-value=running]" },
        { content: "the text is frozen", trigger: "div[name=oggetto]:not(:has(textarea))" },
        { content: "its steps", trigger: "a[name=steps]", run: "click" },
        { content: "drafting is done", trigger: ".o_pa_step[data-state=done]" },
        { content: "the signature is under way", trigger: ".o_pa_step[data-state=active]" },
        { content: "publication is to come", trigger: ".o_pa_step[data-state=todo]" },
    ],
});

tours.add("pa_atti_firma", {
    steps: () => [...openFromDesk(), button("action_complete_mine"), nothingWaits],
});

tours.add("pa_atti_restituisce", {
    steps: () => [
        ...openFromDesk(),
        button("action_ask_reason"),
        { content: "the reason", trigger: ".modal [name=reason] textarea", run: "edit Manca il preventivo" },
        ...confirmDialog,
        nothingWaits,
        { content: "its steps", trigger: "a[name=steps]", run: "click" },
        { content: "the reason is read by all", trigger: ".o_pa_step[data-outcome=returned] .o_pa_reason:contains(Manca il preventivo)" },
    ],
});

tours.add("pa_atti_parere", {
    steps: () => [
        ...openFromDesk(),
        button("action_ask_reason"),
        { content: "with remarks", trigger: ".modal [name=outcome] input[data-value=favorevole_osservazioni]", run: "click" },
        { content: "the remarks", trigger: ".modal [name=reason] textarea", run: "edit Verificare le risorse" },
        ...confirmDialog,
        nothingWaits,
    ],
});

tours.add("pa_atti_segretario", {
    steps: () => [
        ...openFromDesk(),
        button("action_complete_mine"),
        { content: "it has its number", trigger: "div[name=number_organo]:visible:contains(1)" },
        button("action_complete_mine"),
        nothingWaits,
    ],
});

tours.add("pa_atti_consultazione", {
    steps: () => [
        { content: "open the concluded act", trigger: `.o_data_row .o_data_cell[name=oggetto]:contains(${subject})`, run: "click" },
        { content: "the page", trigger: ".o_arrow_button_current[data-value=done]" },
        { content: "no button", trigger: ".o_form_statusbar:not(:has(.o_statusbar_buttons button:visible))" },
        { content: "its documents", trigger: "a[name=documents]", run: "click" },
        { content: "the act's own", trigger: "[name=documento_ids] .o_data_row" },
    ],
});

tours.add("pa_atti_delega", {
    steps: () => [
        { content: "delegate my appointment", trigger: ".o_data_row button[name=action_delegate]:visible", run: "click" },
        ...choose("user_id", "Estraneo", ".modal"),
        { content: "until", trigger: ".modal [name=date_to] input, .modal [name=date_to] button", run: "click" },
        { content: "a day", trigger: ".o_date_item_cell:not(.o_out_of_range):last", run: "click" },
        { content: "reason", trigger: ".modal [name=reason] input", run: "edit Ferie" },
        { content: "save", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "saved", trigger: "body:not(:has(.modal))" },
    ],
});

tours.add("pa_atti_consulente", {
    steps: () => [
        { content: "the procedure", trigger: ".o_data_cell[name=name]:text(Determinazione senza impegno di spesa)", run: "click" },
        { content: "add a step", trigger: "[name=passo_ids] .o_field_x2many_list_row_add a", run: "click" },
        { content: "its name", trigger: ".modal [name=name] input", run: "edit Controllo preventivo" },
        { content: "its kind", trigger: ".modal [name=kind] input, .modal [name=kind] button", run: "click" },
        { content: "an opinion", trigger: ".o_select_menu_item:eq(1)", run: "click" },
        { content: "its order", trigger: ".modal [name=sequence] input", run: "edit 25" },
        ...choose("ruolo_id", "Segretario comunale", ".modal"),
        { content: "done", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "in the list", trigger: "[name=passo_ids] .o_data_cell:contains(Controllo preventivo)" },
        { content: "save", trigger: ".o_form_button_save:enabled", run: "click" },
        { content: "saved", trigger: ".o_form_view:not(:has(.o_form_button_save:visible))" },
    ],
});
