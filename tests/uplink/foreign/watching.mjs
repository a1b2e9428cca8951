// What is noted of one connection, whichever end of it is npm's `ocpp-rpc`: all that OCPP forbids, and why calls failed.

import ocppRpc from "ocpp-rpc";
import { faultOfAnswer, faultOfCall } from "./frames.mjs";
import { say } from "./lines.mjs";
import { faultOfValues } from "./values.mjs";
import { VERSIONS } from "./versions.mjs";

const { TimeoutError } = ocppRpc;
const kinds = new WeakMap(); // error of a call -> what sort of failure it was

// client: an RPCClient or what an RPCServer makes; self, other: what its two ends are called, `csms` and `station`
export function watch(client, self, other) {
    const answers = new Map(); // message id -> CALLERROR frame as it came
    const violation = (fields) => noteViolation(client.identity, { by: other, ...fields });

    client.on("call", ({ outbound, payload }) => {
        const fault = outbound ? null : faultOfCall(payload);
        if (fault !== null) {
            violation({ kind: "frame", method: payload[2], params: payload[3] ?? null, message: fault });
        }
    });
    client.on("response", ({ outbound, payload }) => {
        if (outbound) {
            return;
        }
        const fault = faultOfAnswer(payload, VERSIONS[client.protocol]) ?? faultOfValues(payload[2]);
        if (fault !== null) {
            violation({ kind: "answer", result: payload[2] ?? null, message: fault });
        }
        if (payload[0] === 4 && client._pendingCalls.has(payload[1])) {
            answers.set(payload[1], payload);
        }
    });
    client.on("callError", ({ outbound, messageId, error }) => {
        if (outbound && answers.has(messageId)) {
            const [, , code, message, details] = answers.get(messageId);
            answers.delete(messageId);
            kinds.set(error, { kind: "answered", code, message, details });
        }
    });
    client.on("strictValidationFailure", ({ method, params, result, error, outbound, isCall }) => {
        kinds.set(error, { kind: outbound ? "not sent" : "bad answer" });
        const by = outbound ? self : other;
        violation({ kind: isCall ? "call" : "answer", by, method, params, result, message: explain(error) });
    });
    client.on("badMessage", ({ buffer, error }) => {
        const frame = parsed(buffer);
        if (Array.isArray(frame) && (frame[0] === 3 || frame[0] === 4) && typeof frame[1] === "string") {
            say("stray", { identity: client.identity, frame }); // an answer to nothing that is waited for
        } else {
            violation({ kind: "frame", result: frame, message: explain(error) });
        }
    });
}

export function noteViolation(identity, fields) {
    say("violation", { identity, method: null, params: null, result: null, ...fields });
}

// What a test is told of a command that failed.
export function failure(command, error) {
    const known = kinds.get(error);
    const other = command.do === "call" ? "gone" : "refused";
    return {
        kind: known?.kind ?? error.kind ?? (error instanceof TimeoutError ? "timeout" : other),
        code: known?.code ?? error.rpcErrorCode ?? error.name,
        message: known?.message ?? error.message,
        details: known?.details ?? {},
    };
}

function explain(error) {
    const [first] = error.details?.errors ?? [];
    const extra = first?.params?.additionalProperty;
    return extra === undefined ? error.message : `${error.message}: ${extra}`;
}

function parsed(buffer) {
    try {
        return JSON.parse(buffer.toString("utf8"));
    } catch {
        return buffer.toString("utf8").slice(0, 200);
    }
}
