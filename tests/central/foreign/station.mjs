// A charging station on npm's `ocpp-rpc` in strict mode, led by JSON lines: options in argv, commands on stdin,
// everything that happens on stdout. It ends when stdin closes, so it cannot outlive the test that started it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { obeyLines, say } from "../../uplink/foreign/lines.mjs";
import { cut, reply } from "../../uplink/foreign/replying.mjs";
import { Scripts } from "../../uplink/foreign/scripts.mjs";
import { faultOfValues } from "../../uplink/foreign/values.mjs";
import { VERSIONS, moreValidators } from "../../uplink/foreign/versions.mjs";
import { failure, noteViolation, watch } from "../../uplink/foreign/watching.mjs";
import { Answers16 } from "./answers_v16.mjs";
import { Answers2 } from "./answers_v2.mjs";

const { NOREPLY, RPCClient, createRPCError } = createRequire(
    new URL("../../uplink/foreign/package.json", import.meta.url),
)("ocpp-rpc"); // it is installed there, for both sides
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MOST_SAID = 1000;

const options = {
    url: "",
    identity: "CP1",
    protocols: ["ocpp1.6"],
    password: null, // in hex
    tls: null, // {ca, cert, key: paths}
    callTimeoutMs: 30_000,
    pingIntervalMs: 0,
    settings: {},
    ...JSON.parse(process.argv[2] ?? "{}"),
};
const { identity } = options;
const answers16 = new Answers16(options);
const answers2 = new Answers2(options);
const scripts = new Scripts();
const said = []; // [method, params] of what it called and was answered

const client = new RPCClient({
    endpoint: options.url,
    identity,
    protocols: options.protocols,
    password: options.password === null ? null : Buffer.from(options.password, "hex"),
    strictMode: options.protocols.filter((protocol) => protocol in VERSIONS),
    strictModeValidators: moreValidators(),
    callTimeoutMs: options.callTimeoutMs,
    pingIntervalMs: options.pingIntervalMs,
    reconnect: false, // the test says when
    wsOpts: tlsOptions(),
});

function tlsOptions() {
    const { ca, cert, key } = options.tls ?? {};
    const read = (path) => (path ? readFileSync(path) : undefined);
    return { ca: read(ca), cert: read(cert), key: read(key), perMessageDeflate: false };
}

// -- calls of the central system

const unanswered = new Set();

client.handle(async ({ messageId, method, params, signal }) => {
    const answers = client.protocol === "ocpp1.6" ? answers16 : answers2;
    const violation = (message) => noteViolation(identity, { by: "csms", kind: "call", method, params, message });
    const fault = answers.knows(method) ? faultOfValues(params) : "a station calls that, not a central system";
    if (fault !== null) {
        violation(fault);
        throw createRPCError(answers.knows(method) ? "FormatViolation" : "NotSupported", fault);
    }
    if (unanswered.size > 0) {
        violation("it came while another call was not answered"); // [spec: OCPP-J 1.6 and 2.0.1, 4.1.1]
    }
    const rule = scripts.next(identity, method);
    say("asked", { method, params, messageId });
    if (!rule?.silent) {
        unanswered.add(messageId);
    }
    try {
        const { answer, then } = rule?.taken === false ? { answer: {}, then: [] } : answers.take(method, params, said);
        const told = await reply(client, rule, answer, { messageId, signal });
        const isAsUsual = rule?.answer === undefined || rule.answer.status === answer.status;
        if (told !== NOREPLY && isAsUsual) {
            setImmediate(follow, then);
        }
        return told;
    } finally {
        unanswered.delete(messageId);
    }
});
watch(client, "station", "csms");
client.on("disconnect", ({ code, reason }) => say("disconnect", { code, reason: String(reason ?? "") }));

// Call what follows an answer, one after the other; what the central system refuses is left at that.
async function follow(calls) {
    for (const [method, params] of calls) {
        try {
            await client.call(method, params);
            remember(method, params);
            say("followed", { method, params });
        } catch (error) {
            say("followed", { method, params, error: failure({ do: "call" }, error) });
        }
    }
}

function remember(method, params) {
    said.push([method, params]);
    if (said.length > MOST_SAID) {
        said.shift();
    }
}

// -- commands of the test

const COMMANDS = {
    async connect() {
        try {
            await client.connect();
        } catch (error) {
            const name = typeof error.code === "number" ? String(error.code) : (error.code ?? error.message);
            throw Object.assign(Error(error.message), { kind: "refused", name });
        }
        return { protocol: client.protocol };
    },
    async call({ method, params, limitMs }) {
        const callTimeoutMs = Math.min(limitMs ?? options.callTimeoutMs, LONGEST_TIMER_MS);
        const answer = await client.call(method, params, { callTimeoutMs });
        remember(method, params);
        return answer;
    },
    raw({ text, binary }) {
        client.sendRaw(binary ? Buffer.from(text) : text);
        return {};
    },
    script({ script }) {
        scripts.add(script);
        return {};
    },
    unscript({ method }) {
        scripts.clear(method ?? null);
        return {};
    },
    state() {
        return (client.protocol === "ocpp1.6" ? answers16 : answers2).state();
    },
    nothing() {
        return {};
    },
    close({ code, reason, force }) {
        if (force) {
            cut(client);
        } else {
            client.close({ code: code ?? 1000, reason: reason ?? "" }).catch(() => {});
        }
        return {};
    },
};

say("ready");
obeyLines(COMMANDS, failure);
