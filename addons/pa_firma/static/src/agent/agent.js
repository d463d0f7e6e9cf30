import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

// Beyond this the content is not sent, and the agent shows the hash as the site's word (docs/agent-protocol.md).
const MAX_CONTENT = 40 * 1024 * 1024;

/** What the local agent refused, with its code; `message` is for the person. */
export class AgentError extends Error {
    constructor(code, facts = {}) {
        super(sentence(code, facts));
        this.code = code;
        this.facts = facts;
    }
}

function sentence(code, facts) {
    const sentences = {
        off: _t("The signing agent is not running on this computer."),
        blocked: _t("The browser does not let this site reach the signing agent: allow it in the site's permissions (local network)."),
        not_paired: _t("This site is not paired with the signing agent of this computer."),
        insecure_origin: _t("The signing agent accepts only sites with https."),
        busy: _t("The signing agent is serving another request: look for its window."),
        too_many: _t("The signing agent had too many requests: wait a minute and try again."),
        refused: _t("You refused in the agent's window: nothing was signed."),
        timeout: _t("Nobody answered in the agent's window, or the card did not: nothing was signed."),
        no_module: _t("The signing agent does not find the card's library: start it with --module."),
        no_token: _t("No card is inserted: insert it and try again."),
        certificate_absent: _t("The card inserted is not the one of this way to sign."),
        no_certificate: _t("The card inserted holds no certificate meant for signing."),
        certificate_expired: _t("The card's certificate is not valid today."),
        pin_wrong: _t("Wrong PIN: nothing was signed."),
        pin_locked: _t("The card's PIN is blocked: it is unblocked with the PUK, in the card's own program."),
        token: _t("The card stopped answering."),
        too_large: _t("The documents are too large to be sent together: choose fewer."),
        content: _t("The agent found that what would be signed is not the document shown: nothing was signed. Tell the administrator."),
        attributes: _t("The agent found that what would be signed is not a signature of the document: nothing was signed. Tell the administrator."),
        version: _t("The signing agent of this computer is of a version that this site does not speak: update it."),
    };
    const text = sentences[code] || _t("The signing agent could not do it (%s).", code);
    const few = { few: _t("Few attempts are left."), last: _t("One attempt is left before the PIN is blocked.") };
    return few[facts.tries] ? `${text} ${few[facts.tries]}` : text.toString();
}

/** Speaks to the agent on this computer. Nothing is kept in the browser: neither PIN nor token. */
export class Agent {
    constructor(port) {
        this.base = `http://127.0.0.1:${port}/v1`;
    }

    /** "ready", "unpaired" or "off". */
    async state() {
        try {
            await this.status();
            return "ready";
        } catch (error) {
            if (!(error instanceof AgentError) || !["not_paired", "off"].includes(error.code)) {
                throw error;
            }
            return error.code === "off" ? "off" : "unpaired";
        }
    }

    async status() {
        const status = await this.ask("GET", "status");
        if (status.protocol !== 1) {
            throw new AgentError("version");
        }
        return status;
    }

    pair(code) {
        return this.ask("POST", "pair", { code });
    }

    async certificates() {
        const { nonce } = await this.status();
        return (await this.ask("POST", "certificates", { nonce })).certificates;
    }

    async sign(certificateSha256, documents) {
        const { nonce } = await this.status();
        const request = { nonce, certificate_sha256: certificateSha256, documents };
        return (await this.ask("POST", "sign", request)).signatures;
    }

    async ask(method, name, body) {
        let answer;
        try {
            answer = await browser.fetch(`${this.base}/${name}`, {
                method,
                credentials: "omit",
                cache: "no-store",
                ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
            });
        } catch {
            const there = window.isSecureContext ? "not_paired" : "insecure_origin";
            throw new AgentError((await this.isListening()) ? there : await absence());
        }
        const facts = await answer.json().catch(() => ({}));
        if (!answer.ok) {
            throw new AgentError(facts.error || "internal", facts);
        }
        return facts;
    }

    /** A site that is not paired cannot read the agent's answers; it can tell whether there is one. */
    async isListening() {
        try {
            await browser.fetch(`${this.base}/ping`, { mode: "no-cors", credentials: "omit", cache: "no-store" });
            return true;
        } catch {
            return false;
        }
    }
}

/** Why there is no answer: "blocked" when the browser says that the site may not reach this computer. */
async function absence() {
    for (const name of ["loopback-network", "local-network-access"]) {
        try {
            const permission = await browser.navigator.permissions.query({ name });
            return permission.state === "denied" ? "blocked" : "off";
        } catch {
            continue; // this browser knows no such permission
        }
    }
    return "off";
}

/** Six digits that the page shows and the agent's window repeats. */
export function pairingCode() {
    return String(crypto.getRandomValues(new Uint32Array(1))[0] % 1000000).padStart(6, "0");
}

/**
 * Sign the documents of these steps with the card of this computer: the server prepares, the agent signs with one PIN, the
 * server verifies and completes each. What the card signed reaches the server in one call, so that the trouble of one document
 * costs the others nothing.
 *
 * @param {Function} onOutcome called with {passo_id, state, message} of each document as it ends
 * @param {Object} more what goes with each answer ({outcome, reason} of a visa)
 */
export function signWithCard(orm, agent, stepIds, deviceId, onOutcome, more = {}) {
    const prepare = () => orm.call("pa.firma.libro", "prepare", [stepIds, deviceId]);
    return signPrepared(orm, agent, prepare, onOutcome, more);
}

/** The same for whatever `prepare` prepares: it resolves to a list as that of the libro firma. */
export async function signPrepared(orm, agent, prepare, onOutcome, more = {}) {
    await agent.status(); // nothing is prepared for an agent that is not there
    const prepared = await prepare();
    prepared.filter((facts) => facts.state === "refused").forEach(onOutcome);
    const answers = new Map(prepared.filter((facts) => facts.state === "signed").map((facts) => [facts, ""]));
    const waiting = prepared.filter((facts) => facts.state === "prepared");
    const stopped = new Map();
    if (waiting.length) {
        const { sha256, documents } = await documentsOf(orm, waiting, onOutcome);
        const signatures = new Map((documents.length ? await agent.sign(sha256, documents) : []).map((made) => [made.id, made]));
        const asked = new Set(documents.map(({ id }) => id));
        for (const facts of waiting.filter((one) => asked.has(String(one.richiesta_id)))) {
            const made = signatures.get(String(facts.richiesta_id)) || { error: "internal" };
            (made.signature ? answers : stopped).set(facts, made.signature || made.error);
        }
    }
    for (const [facts, code] of stopped) {
        onOutcome({ passo_id: facts.passo_id, state: "refused", message: new AgentError(code).message });
    }
    const made = [...answers].map(([facts, signature]) => ({ richiesta_id: facts.richiesta_id, signature, ...more }));
    if (made.length) {
        (await orm.call("pa.firma.libro", "finish", [made])).forEach(onOutcome);
    }
}

/** What the agent is asked to sign; a document that is not to be signed any more is told, and does not stop the others. */
async function documentsOf(orm, waiting, onOutcome) {
    const documents = [];
    let sha256 = "";
    let size = 0;
    for (const facts of waiting) {
        let known;
        try {
            known = await orm.call("pa.firma.libro", "prepared_content", [facts.richiesta_id]);
        } catch (error) {
            if (!(error instanceof RPCError) || waiting.length < 2) {
                throw error;
            }
            onOutcome({ passo_id: facts.passo_id, state: "refused", message: error.data?.message || error.message });
            continue;
        }
        sha256 = known.certificate_sha256;
        size += known.content.length;
        const whole = known.content && size < MAX_CONTENT;
        const content = whole ? { content: known.content, document_size: known.document_size } : {};
        documents.push({
            id: String(facts.richiesta_id),
            name: facts.name.slice(0, 300),
            document_sha256: facts.document_sha256,
            to_sign: facts.to_sign,
            ...content,
        });
    }
    return { sha256, documents };
}

registry.category("services").add("pa_firma_agent", {
    dependencies: ["orm"],
    start(env, { orm }) {
        let agent;
        return {
            /** The agent of this computer, at the port that the server configures. */
            async get() {
                agent = agent || new Agent(await orm.call("pa.firma.dispositivo", "agent_port", []));
                return agent;
            },
        };
    },
});
