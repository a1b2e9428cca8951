// Answers a call as a script wants it, whichever side was called.

import { setTimeout as sleep } from "node:timers/promises";
import ocppRpc from "ocpp-rpc";

const { NOREPLY, createRPCError } = ocppRpc;

// Return what ocpp-rpc shall answer: the result with what the rule lays over it, or NOREPLY.
export async function reply(client, rule, result, { messageId, signal }) {
    if (rule?.delayMs) {
        await sleep(rule.delayMs, undefined, { signal });
    }
    if (rule?.cut) {
        cut(client);
        return NOREPLY;
    }
    if (rule?.silent) {
        return NOREPLY;
    }
    if (rule?.error) {
        throw createRPCError(rule.error.code, rule.error.message, rule.error.details);
    }
    if (rule?.raw) {
        client.sendRaw(JSON.stringify([3, messageId, rule.raw]));
        return NOREPLY;
    }
    return { ...result, ...rule?.answer };
}

export function cut(client) {
    client?.close({ force: true }).catch(() => {});
}
