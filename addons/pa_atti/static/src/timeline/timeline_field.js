import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const ICONS = { done: "fa-check-circle", active: "fa-dot-circle-o", skipped: "fa-minus-circle", todo: "fa-circle-o" };
const OUTCOME_CLASSES = {
    favorevole: "text-bg-success",
    favorevole_osservazioni: "text-bg-warning",
    contrario: "text-bg-danger",
    returned: "text-bg-warning",
    rejected: "text-bg-danger",
    conflict: "text-bg-warning",
};

/** The steps of an act, in order: who, since when, how they ended; what is to come is grey. */
export class TimelineField extends Component {
    static template = "pa_atti.TimelineField";
    static props = { ...standardFieldProps };

    get steps() {
        return this.props.record.data[this.props.name] || [];
    }

    icon(step) {
        return ["returned", "rejected", "conflict"].includes(step.outcome) ? "fa-undo" : ICONS[step.state];
    }

    /** The outcome is worth a badge when it says more than "done". */
    badge(step) {
        return OUTCOME_CLASSES[step.outcome] && { text: step.outcome_label, className: OUTCOME_CLASSES[step.outcome] };
    }

    documentUrl(step) {
        return `/web/content/${step.document.id}`;
    }

    avatarUrl(person) {
        return `/web/image/res.users/${person.id}/avatar_128`;
    }
}

export const timelineField = { component: TimelineField, supportedTypes: ["json"] };

registry.category("fields").add("pa_timeline", timelineField);
