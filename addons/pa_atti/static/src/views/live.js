import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { onWillUnmount } from "@odoo/owl";

const QUIET_MS = 400;

/**
 * Calls back when acts that the user may see change, wherever that happens: the server tells only those who see them.
 *
 * @param {(ids: number[]) => void} onChange with the ids that changed meanwhile
 */
export function useActChanges(onChange) {
    const bus = useService("bus_service");
    const changed = new Set();
    const tell = useDebounced(() => {
        const ids = [...changed];
        changed.clear();
        return onChange(ids);
    }, QUIET_MS);
    const listen = ({ id }) => {
        changed.add(id);
        tell();
    };
    bus.subscribe("pa_atti/changed", listen);
    bus.start();
    onWillUnmount(() => bus.unsubscribe("pa_atti/changed", listen));
    // After a lost connection something may have been missed.
    useBus(bus, "BUS:RECONNECT", () => onChange([]));
}
