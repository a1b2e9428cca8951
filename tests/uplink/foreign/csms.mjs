// A central system on npm's `ocpp-rpc` in strict mode, led by JSON lines: options in argv, commands on stdin,
// everything that happens on stdout. It ends when stdin closes, so it cannot outlive the test that started it.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import ocppRpc from "ocpp-rpc";
import { obeyLines, say } from "./lines.mjs";
import { Memory } from "./memory.mjs";
import { Memory2 } from "./memory_v2.mjs";
import { cut, reply } from "./replying.mjs";
import { Scripts } from "./scripts.mjs";
import { faultOfValues } from "./values.mjs";
import { VERSIONS, moreValidators } from "./versions.mjs";
import { failure, noteViolation, watch } from "./watching.mjs";

const { NOREPLY, RPCServer, createRPCError } = ocppRpc;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const options = {
    port: 0,
    endpoint: "/ocpp",
    protocols: ["ocpp1.6"],
    stations: null, // identity -> password in hex, or null for a station without; null: everybody is welcome
    tls: null, // {key, cert, ca: paths; clientCertificate: whether a station must show one}
    callTimeoutMs: 30_000,
    callConcurrency: 1,
    pingIntervalMs: 0,
    memory: {},
    ...JSON.parse(process.argv[2] ?? "{}"),
};
const memory16 = new Memory(options.memory);
const memory2 = new Memory2(options.memory);
const scripts = new Scripts();
const clients = new Map(); // identity -> the client that is connected
const booted = new Set(); // identities whose last boot was accepted
const taken = new WeakSet(); // sockets that became connections
let refusal = null; // {status, times} for the next handshakes
let connections = 0;

const strictMode = () => options.protocols.filter((protocol) => protocol in VERSIONS);
const server = new RPCServer({
    protocols: options.protocols,
    strictMode: strictMode(),
    strictModeValidators: moreValidators(),
    callTimeoutMs: options.callTimeoutMs,
    callConcurrency: options.callConcurrency,
    pingIntervalMs: options.pingIntervalMs,
});

// -- handshakes

server.auth((accept, reject, { identity, password, endpoint, protocols, request }) => {
    if (refusal !== null) {
        const { status } = refusal;
        refusal = refusal.times !== null && --refusal.times <= 0 ? null : refusal;
        return reject(status, "Not now");
    }
    const known = options.stations === null || Object.hasOwn(options.stations, identity);
    if (endpoint !== options.endpoint || identity === "" || !known) {
        return reject(404, "Unknown station");
    }
    const expected = options.stations?.[identity] ?? null;
    if (expected !== null && password?.toString("hex") !== expected) {
        return reject(401, "Wrong or no password");
    }
    taken.add(request.socket);
    const common = options.protocols.some((protocol) => protocols.has(protocol));
    // OCPP-J 1.6, 3.2: without a common subprotocol the handshake is completed without one, then closed
    accept({ foreign: !common }, common ? undefined : false);
});

server.on("upgradeAborted", ({ error, identity, request }) => {
    if (!taken.has(request.socket)) {
        say("refused", { identity, status: typeof error.code === "number" ? error.code : null, message: error.message });
    }
});

server.on("client", (client) => {
    const { identity, handshake, session } = client;
    if (session.foreign) {
        say("refused", { identity, status: 101, message: "No common subprotocol" });
        client.close({ code: 1002, reason: "No common subprotocol" }).catch(() => {});
        return;
    }
    const number = ++connections;
    cut(clients.get(identity)); // a station has one connection: the newest
    clients.set(identity, client);
    say("connect", {
        identity,
        number,
        protocol: client.protocol,
        password: handshake.password !== undefined,
        certificate: handshake.request.socket.getPeerCertificate?.().subject?.CN ?? null,
    });
    client.once("disconnect", ({ code, reason }) => {
        if (clients.get(identity) === client) {
            clients.delete(identity);
        }
        say("disconnect", { identity, number, code, reason });
    });
    client._ws.on("ping", () => say("ping", { identity })); // ocpp-rpc keeps the pings of a station to itself
    listen(client);
});

// -- calls of stations

function listen(client) {
    const unanswered = new Set();
    client.handle((call) => answer(client, unanswered, call));
    watch(client, "csms", "station");
}

async function answer(client, unanswered, { messageId, method, params, signal }) {
    const { identity } = client;
    const memory = client.protocol === "ocpp1.6" ? memory16 : memory2;
    const fault = memory.knows(method) ? faultOfValues(params) : "a central system calls that, not a station";
    if (fault !== null) {
        noteViolation(identity, { by: "station", kind: "call", method, params, message: fault });
        throw createRPCError(memory.knows(method) ? "FormatViolation" : "NotSupported", fault);
    }
    const rule = scripts.next(identity, method);
    const inFlight = unanswered.size;
    say("call", { identity, method, params, messageId, inFlight, booted: booted.has(identity) });
    unanswered.add(messageId);
    try {
        const result = rule?.taken === false ? {} : memory.take(identity, method, params, rule?.answer);
        for (const message of memory.takeFaults()) {
            noteViolation(identity, { by: "station", kind: "story", method, params, message });
        }
        const said = await reply(client, rule, result, { messageId, signal });
        if (said !== NOREPLY || rule.raw) {
            noteBoot(identity, method, rule?.raw ?? said);
        }
        return said;
    } finally {
        unanswered.delete(messageId);
    }
}

function noteBoot(identity, method, { status }) {
    if (method === "BootNotification") {
        booted[status === "Accepted" ? "add" : "delete"](identity);
    }
}

// -- commands of the test

function connected(identity) {
    const client = clients.get(identity);
    if (client === undefined) {
        throw Object.assign(Error(`${identity} is not connected`), { kind: "gone" });
    }
    return client;
}

const COMMANDS = {
    async call({ identity, method, params, limitMs }) {
        const callTimeoutMs = Math.min(limitMs ?? options.callTimeoutMs, LONGEST_TIMER_MS);
        return await connected(identity).call(method, params ?? {}, { callTimeoutMs });
    },
    raw({ identity, text, binary }) {
        connected(identity).sendRaw(binary ? Buffer.from(text) : text);
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
    refuse({ status, times }) {
        refusal = status === null ? null : { status, times: times ?? null };
        return {};
    },
    password({ identity, password }) {
        options.stations = { ...options.stations, [identity]: password };
        return {};
    },
    speak({ protocols }) {
        options.protocols = protocols;
        server.reconfigure({ protocols, strictMode: strictMode() });
        return {};
    },
    clock({ offsetMs }) {
        memory16.clockOffsetMs = memory2.clockOffsetMs = offsetMs;
        return {};
    },
    nothing() {
        return {};
    },
    ledger() {
        return { ...memory16.ledger(), stories: memory2.ledger() };
    },
    forget() {
        memory16.forget();
        memory2.forget();
        scripts.clear();
        booted.clear();
        refusal = null;
        return {};
    },
    close({ identity, code, reason, force }) {
        const client = connected(identity);
        client.close({ code: code ?? 1000, reason: reason ?? "", force: force ?? false }).catch(() => {});
        return {};
    },
    stop({ id }) {
        say("answer", { id, result: {} });
        process.exit(0);
    },
};

// -- the socket

function listener() {
    const nothingHere = (_, response) => response.writeHead(404).end();
    if (options.tls === null) {
        return http.createServer({ noDelay: true }, nothingHere);
    }
    const { key, cert, ca, clientCertificate } = options.tls;
    const secure = https.createServer(
        {
            key: readFileSync(key),
            cert: readFileSync(cert),
            ca: ca ? readFileSync(ca) : undefined,
            requestCert: Boolean(clientCertificate),
            rejectUnauthorized: Boolean(clientCertificate),
            minVersion: "TLSv1.2",
            noDelay: true,
        },
        nothingHere,
    );
    secure.on("tlsClientError", (error) => {
        say("refused", { identity: null, status: null, message: error.code ?? error.message });
    });
    return secure;
}

const socket = listener();
socket.on("upgrade", server.handleUpgrade);
socket.listen(options.port, "127.0.0.1", () => say("listening", { port: socket.address().port }));
obeyLines(COMMANDS, failure);
