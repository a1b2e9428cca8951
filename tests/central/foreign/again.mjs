// Says again what a station called before, for a central system that triggers it.

const IDLE = new Set(["DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification"]);

export const now = () => new Date().toISOString();

// Return the calls that answer a trigger: the latest of that method at each place that fits, with the present time.
export function again(method, said, fits) {
    if (method === "Heartbeat") {
        return [[method, {}]];
    }
    const places = new Map();
    for (const [before, params] of said) {
        if (before === method && fits(params)) {
            places.set(JSON.stringify([params.connectorId, params.evseId]), params);
        }
    }
    if (places.size === 0 && IDLE.has(method)) {
        return [[method, { status: "Idle" }]];
    }
    return [...places.values()].map((params) => [method, atPresent(params)]);
}

function atPresent(params) {
    const fresh = { ...params };
    if (fresh.timestamp !== undefined) {
        fresh.timestamp = now();
    }
    if (fresh.meterValue !== undefined) {
        fresh.meterValue = fresh.meterValue.map((value) => ({ ...value, timestamp: now() }));
    }
    return fresh;
}
