// What OCPP says of values and the schemas of ocpp-rpc let pass [seen: version 2.2.1 with ajv-formats 2.1.1].

const TIMES = new Set([
    "cacheExpiryDateTime",
    "currentTime",
    "expiryDate",
    "expiryDateTime",
    "generatedAt",
    "scheduleStart",
    "startSchedule",
    "timestamp",
    "validFrom",
    "validTo",
]);
const COUNTS = new Set(["connectorId", "evseId", "seqNo"]);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

// Return what is wrong with a payload that keeps to its schema, or null.
export function faultOfValues(value, path = "data") {
    if (typeof value !== "object" || value === null) {
        return null;
    }
    for (const [key, part] of Object.entries(value)) {
        const at = `${path}/${key}`;
        const fault = faultOfOne(key, part, at, value) ?? faultOfValues(part, at);
        if (fault !== null) {
            return fault;
        }
    }
    return null;
}

function faultOfOne(key, part, at, { format }) {
    if (TIMES.has(key) && typeof part === "string" && !TIME.test(part)) {
        return `${at} must be an instant with a zone, as in 2026-03-10T12:00:00Z`;
    }
    if ((COUNTS.has(key) || at.endsWith("/evse/id")) && part < 0) {
        return `${at} must not be negative`;
    }
    const isSampled = key === "value" && at.includes("/sampledValue/") && typeof part === "string"; // in 1.6
    if (isSampled && format !== "SignedData" && !NUMBER.test(part)) {
        return `${at} must be a decimal number`;
    }
    return null;
}
