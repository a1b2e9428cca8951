// What a test told the central system to do with the next calls, instead of what it would do.

const KNOWN = ["method", "identity", "times", "answer", "error", "raw", "delayMs", "silent", "cut", "taken"];

export class Scripts {
    constructor() {
        this.rules = [];
    }

    // times: how often the rule holds, null for ever; identity: one station only, null for all;
    // taken: whether the memory learns of the call (not after an error, else yes)
    add(given) {
        const strange = Object.keys(given).filter((key) => !KNOWN.includes(key));
        if (strange.length > 0 || typeof given.method !== "string") {
            throw Error(`a script has a method and any of ${KNOWN.join(", ")}; seen: ${JSON.stringify(given)}`);
        }
        const rule = { times: 1, ...given };
        rule.taken ??= !rule.error;
        if (!rule.taken && !(rule.error || rule.silent || rule.cut || rule.raw)) {
            throw Error("an answer that the memory gives needs a call that was taken");
        }
        this.rules.push(rule);
    }

    // Use up one turn of the first rule that fits.
    next(identity, method) {
        const at = this.rules.findIndex((r) => r.method === method && (r.identity ?? identity) === identity);
        if (at < 0) {
            return null;
        }
        const rule = this.rules[at];
        if (rule.times !== null && --rule.times <= 0) {
            this.rules.splice(at, 1);
        }
        return rule;
    }

    clear(method = null) {
        this.rules = method === null ? [] : this.rules.filter((rule) => rule.method !== method);
    }
}
