// What the central system remembers of its stations of OCPP 1.6, and the answers that follow from it. No I/O.

const ACCEPTED = "Accepted";
const MOST_KEPT = 1000; // parts of one transaction, orphans

export class Memory {
    // bootIntervalS: what Boot is answered; tags: idTag -> status, for those that are not accepted;
    // repeatedStart: "same" gives the id of the first again, "concurrent" answers ConcurrentTx and id 0 [facts: CitrineOS]
    constructor({ bootIntervalS = 300, tags = {}, repeatedStart = "same" } = {}) {
        this.bootIntervalS = bootIntervalS;
        this.tags = tags;
        this.repeatedStart = repeatedStart;
        this.clockOffsetMs = 0;
        this.forget();
    }

    forget() {
        this.transactions = new Map();
        this.orphans = [];
        this.lastId = 0;
    }

    now() {
        return new Date(Date.now() + this.clockOffsetMs).toISOString();
    }

    // Whether that is something that a station calls.
    knows(method) {
        return Object.hasOwn(ANSWERS, method);
    }

    // The answer to a call of a station.
    // `wish` is what a script will lay over the answer: a transaction id in it is the one to remember.
    take(identity, method, params, wish = {}) {
        return ANSWERS[method](this, identity, params, wish);
    }

    // What was found wrong since it was last asked: nothing, for its ledger shows it.
    takeFaults() {
        return [];
    }

    tagInfo(idTag) {
        return { status: this.tags[idTag] ?? ACCEPTED };
    }

    start(identity, params, wish) {
        const known = [...this.transactions.values()].find((t) => sameStart(t, identity, params));
        if (known !== undefined) {
            known.starts += 1;
            return this.repeatedStart === "same"
                ? { transactionId: known.transactionId, idTagInfo: this.tagInfo(params.idTag) }
                : { transactionId: 0, idTagInfo: { status: "ConcurrentTx" } };
        }
        const idTagInfo = this.tagInfo(params.idTag);
        if (idTagInfo.status !== ACCEPTED || wish.transactionId <= 0) {
            return { transactionId: 0, idTagInfo };
        }
        const transactionId = wish.transactionId ?? this.lastId + 1;
        this.lastId = Math.max(this.lastId, transactionId);
        this.transactions.set(transactionId, {
            identity,
            transactionId,
            starts: 1,
            stops: 0,
            start: params,
            stop: null,
            meterValues: [],
            meterValuesAfterStop: 0,
        });
        return { transactionId, idTagInfo };
    }

    stop(identity, params) {
        const known = this.own(identity, params.transactionId);
        if (known === undefined) {
            this.orphan(identity, "StopTransaction", params);
        } else {
            known.stops += 1;
            known.stop ??= params;
        }
        return params.idTag === undefined ? {} : { idTagInfo: this.tagInfo(params.idTag) };
    }

    measure(identity, params) {
        if (params.transactionId === undefined) {
            return {};
        }
        const known = this.own(identity, params.transactionId);
        if (known === undefined) {
            this.orphan(identity, "MeterValues", params);
        } else if (known.stop !== null) {
            known.meterValuesAfterStop += 1;
        } else if (known.meterValues.length < MOST_KEPT) {
            known.meterValues.push(params);
        }
        return {};
    }

    own(identity, transactionId) {
        const known = this.transactions.get(transactionId);
        return known?.identity === identity ? known : undefined;
    }

    orphan(identity, method, params) {
        if (this.orphans.length < MOST_KEPT) {
            this.orphans.push({ identity, method, params });
        }
    }

    ledger() {
        return { transactions: [...this.transactions.values()], orphans: this.orphans };
    }
}

const nothing = () => ({});
const accepted = () => ({ status: ACCEPTED });

const ANSWERS = {
    Authorize: (memory, _, params) => ({ idTagInfo: memory.tagInfo(params.idTag) }),
    BootNotification: (memory) => ({
        status: ACCEPTED,
        currentTime: memory.now(),
        interval: memory.bootIntervalS,
    }),
    DataTransfer: accepted,
    DiagnosticsStatusNotification: nothing,
    FirmwareStatusNotification: nothing,
    Heartbeat: (memory) => ({ currentTime: memory.now() }),
    LogStatusNotification: nothing,
    MeterValues: (memory, identity, params) => memory.measure(identity, params),
    SecurityEventNotification: nothing,
    SignCertificate: accepted,
    SignedFirmwareStatusNotification: nothing,
    StartTransaction: (memory, identity, params, wish) => memory.start(identity, params, wish),
    StatusNotification: nothing,
    StopTransaction: (memory, identity, params) => memory.stop(identity, params),
};

function sameStart(transaction, identity, params) {
    const { start } = transaction;
    return (
        transaction.identity === identity &&
        start.connectorId === params.connectorId &&
        start.idTag === params.idTag &&
        start.meterStart === params.meterStart &&
        Date.parse(start.timestamp) === Date.parse(params.timestamp)
    );
}
