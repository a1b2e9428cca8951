// What the central system remembers of its stations of OCPP 2.x, and the answers that follow from it. No I/O.

const ACCEPTED = "Accepted";
const MOST_KEPT = 10_000; // events of one transaction
const CARD = /^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{14})$/; // [spec: OCPP 2.0.1, IdTokenEnumType, ISO14443]

export class Memory2 {
    // bootIntervalS: what Boot is answered; tags: idToken -> status, for those that are not accepted
    constructor({ bootIntervalS = 300, tags = {} } = {}) {
        this.bootIntervalS = bootIntervalS;
        this.tags = tags;
        this.clockOffsetMs = 0;
        this.forget();
    }

    forget() {
        this.stories = new Map(); // identity and transaction id -> what was told of it
        this.faults = [];
    }

    now() {
        return new Date(Date.now() + this.clockOffsetMs).toISOString();
    }

    // Whether that is something that a station calls.
    knows(method) {
        return Object.hasOwn(ANSWERS, method);
    }

    // The answer to a call of a station; what breaks the laws of a transaction is added to `faults`.
    take(identity, method, params) {
        return ANSWERS[method](this, identity, params);
    }

    // What was found wrong since it was last asked, though each message keeps to its schema.
    takeFaults() {
        const found = this.faults;
        this.faults = [];
        return found;
    }

    tokenInfo({ idToken }) {
        return { status: this.tags[idToken] ?? ACCEPTED };
    }

    event(identity, params) {
        const { transactionId } = params.transactionInfo;
        const key = JSON.stringify([identity, transactionId]);
        const story = this.stories.get(key) ?? { identity, transactionId, events: [], repeats: 0 };
        this.stories.set(key, story);
        const fault = this.place(story, params) ?? faultOfToken(params.idToken);
        if (fault !== null) {
            this.faults.push(`transaction ${transactionId}: ${fault}`);
        }
        return params.idToken === undefined ? {} : { idTokenInfo: this.tokenInfo(params.idToken) };
    }

    // Enter an event and return what is wrong with its place, or null.
    place(story, params) {
        const { events } = story;
        const known = events.find((event) => event.seqNo === params.seqNo);
        if (known !== undefined) {
            story.repeats += 1;
            const isSame = JSON.stringify(known) === JSON.stringify(params);
            return isSame ? null : `event ${params.seqNo} came again with other words`;
        }
        const last = events.at(-1);
        if (events.length < MOST_KEPT) {
            events.push(params);
        }
        return faultOfPlace(last, events[0], params);
    }

    ledger() {
        return [...this.stories.values()];
    }
}

function faultOfPlace(last, first, params) {
    const { eventType, seqNo, evse } = params;
    const expected = last === undefined ? 0 : last.seqNo + 1;
    if (seqNo !== expected) {
        return `event ${seqNo} came where ${expected} was next`;
    }
    if ((eventType === "Started") !== (last === undefined)) {
        return `event ${seqNo} is ${eventType}`;
    }
    if (last?.eventType === "Ended") {
        return `${eventType} after its end`;
    }
    if (evse !== undefined && evse.id !== first.evse?.id) {
        return `it was at EVSE ${first.evse?.id} and is at ${evse.id}`;
    }
    return null;
}

function faultOfToken(token) {
    if (token?.type === "ISO14443" && !CARD.test(token.idToken)) {
        return `a token of ISO14443 has 8 or 14 hex digits, not ${JSON.stringify(token.idToken)}`;
    }
    if (token?.type === "NoAuthorization" && token.idToken !== "") {
        return "a token of NoAuthorization is empty";
    }
    return null;
}

const nothing = () => ({});
const accepted = () => ({ status: ACCEPTED });

const ANSWERS = {
    Authorize: (memory, _, params) => ({ idTokenInfo: memory.tokenInfo(params.idToken) }),
    BootNotification: (memory) => ({
        status: ACCEPTED,
        currentTime: memory.now(),
        interval: memory.bootIntervalS,
    }),
    ClearedChargingLimit: nothing,
    DataTransfer: accepted,
    FirmwareStatusNotification: nothing,
    Get15118EVCertificate: () => ({ status: "Failed", exiResponse: "" }),
    GetCertificateStatus: () => ({ status: "Failed" }),
    Heartbeat: (memory) => ({ currentTime: memory.now() }),
    LogStatusNotification: nothing,
    MeterValues: nothing,
    NotifyChargingLimit: nothing,
    NotifyCustomerInformation: nothing,
    NotifyDisplayMessages: nothing,
    NotifyEVChargingNeeds: accepted,
    NotifyEVChargingSchedule: accepted,
    NotifyEvent: nothing,
    NotifyMonitoringReport: nothing,
    NotifyReport: nothing,
    PublishFirmwareStatusNotification: nothing,
    ReportChargingProfiles: nothing,
    ReservationStatusUpdate: nothing,
    SecurityEventNotification: nothing,
    SignCertificate: accepted,
    StatusNotification: nothing,
    TransactionEvent: (memory, identity, params) => memory.event(identity, params),
};
