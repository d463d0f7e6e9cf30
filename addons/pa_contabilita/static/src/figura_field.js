import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

/** A figure that opens the movements behind it. */
export class FiguraField extends MonetaryField {
    static template = "pa_contabilita.FiguraField";

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get canOpen() {
        return Boolean(this.props.record.resId && this.value);
    }

    async open() {
        const { resModel, resId, context } = this.props.record;
        const action = await this.orm.call(resModel, "action_open_movimenti", [[resId]], {
            context: { ...context, counter: this.props.name },
        });
        return this.action.doAction(action);
    }
}

export const figuraField = { ...monetaryField, component: FiguraField };

registry.category("fields").add("pa_figura", figuraField);
