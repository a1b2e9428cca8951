// What a station of OCPP 2.0.1 and 2.1 answers a central system, and what it calls afterwards. No I/O.

import { again, now } from "./again.mjs";

const ACCEPTED = { status: "Accepted" };
const VARIABLES = [
    // component, variable, value, mutability, data type
    ["AlignedDataCtrlr", "Interval", "0", "ReadWrite", "integer"],
    ["AlignedDataCtrlr", "Measurands", "Energy.Active.Import.Register", "ReadWrite", "MemberList"],
    ["AlignedDataCtrlr", "SendDuringIdle", "true", "ReadWrite", "boolean"],
    ["ChargingStation", "Model", "Box", "ReadOnly", "string"],
    ["ChargingStation", "SupplyPhases", "3", "ReadOnly", "integer"],
    ["OCPPCommCtrlr", "HeartbeatInterval", "300", "ReadWrite", "integer"],
    ["OCPPCommCtrlr", "NetworkConfigurationPriority", "0", "ReadWrite", "SequenceList"],
    ["SampledDataCtrlr", "TxEndedMeasurands", "Energy.Active.Import.Register", "ReadWrite", "MemberList"],
    ["SampledDataCtrlr", "TxStartedMeasurands", "Energy.Active.Import.Register", "ReadWrite", "MemberList"],
    ["SampledDataCtrlr", "TxUpdatedInterval", "60", "ReadWrite", "integer"],
    ["SampledDataCtrlr", "TxUpdatedMeasurands", "Energy.Active.Import.Register", "ReadWrite", "MemberList"],
    ["SmartChargingCtrlr", "Available", "true", "ReadOnly", "boolean"],
    ["SmartChargingCtrlr", "Enabled", "true", "ReadOnly", "boolean"],
    ["SmartChargingCtrlr", "ProfileStackLevel", "8", "ReadOnly", "integer"],
    ["SmartChargingCtrlr", "RateUnit", "A,W", "ReadOnly", "MemberList"],
];
const ENTRIES_IN_A_PART = 4;

export class Answers2 {
    // settings: values beside or instead of the usual ones by `Component.Variable`, null for one that it has not
    constructor({ settings = {} } = {}) {
        this.variables = new Map(VARIABLES.map(([component, variable, value, mutability, dataType]) => [
            `${component}.${variable}`,
            { component, variable, value, mutability, dataType },
        ]));
        for (const [name, value] of Object.entries(settings)) {
            const [component, variable] = name.split(".");
            const usual = this.variables.get(name) ?? { component, variable, mutability: "ReadWrite", dataType: "string" };
            this.variables.delete(name);
            if (value !== null) {
                this.variables.set(name, { ...usual, value });
            }
        }
        this.profiles = []; // {evseId, profile}
        this.listVersion = 0;
    }

    // Whether that is something that a central system calls.
    knows(method) {
        return Object.hasOwn(ANSWERS, method);
    }

    // Return {answer, then}: what it answers, and the calls [method, params] that follow.
    // said: what it called before, the latest last, as [method, params]
    take(method, params, said) {
        const taken = ANSWERS[method](this, params, said);
        return taken.answer === undefined ? { answer: taken, then: [] } : taken;
    }

    state() {
        const settings = [...this.variables].map(([name, { value }]) => [name, value]);
        return { settings: Object.fromEntries(settings), profiles: this.profiles };
    }

    // Return the variable that a question means, or the word for what is missing.
    find({ component, variable }) {
        const known = this.variables.get(`${component.name}.${variable.name}`);
        const isKnown = [...this.variables.values()].some((one) => one.component === component.name);
        return known ?? (isKnown ? "UnknownVariable" : "UnknownComponent");
    }
}

function get(station, { getVariableData }) {
    return {
        getVariableResult: getVariableData.map(({ component, variable, attributeType }) => {
            const place = { component, variable, ...(attributeType === undefined ? {} : { attributeType }) };
            const found = station.find({ component, variable });
            if (typeof found === "string") {
                return { ...place, attributeStatus: found };
            }
            return attributeType === undefined || attributeType === "Actual"
                ? { ...place, attributeStatus: "Accepted", attributeValue: found.value }
                : { ...place, attributeStatus: "NotSupportedAttributeType" };
        }),
    };
}

function set(station, { setVariableData }) {
    return {
        setVariableResult: setVariableData.map(({ component, variable, attributeType, attributeValue }) => {
            const place = { component, variable, ...(attributeType === undefined ? {} : { attributeType }) };
            const found = station.find({ component, variable });
            if (typeof found === "string") {
                return { ...place, attributeStatus: found };
            }
            if (found.mutability === "ReadOnly") {
                return { ...place, attributeStatus: "Rejected" };
            }
            found.value = attributeValue;
            return { ...place, attributeStatus: "Accepted" };
        }),
    };
}

function report({ requestId }, entries) {
    if (entries.length === 0) {
        return { status: "EmptyResultSet" };
    }
    const parts = [];
    for (let at = 0; at < entries.length; at += ENTRIES_IN_A_PART) {
        parts.push(entries.slice(at, at + ENTRIES_IN_A_PART));
    }
    const then = parts.map((part, seqNo) => [
        "NotifyReport",
        {
            requestId,
            generatedAt: now(),
            seqNo,
            tbc: seqNo < parts.length - 1,
            reportData: part.map(({ component, variable, value, mutability, dataType }) => ({
                component: { name: component },
                variable: { name: variable },
                variableAttribute: [{ type: "Actual", value, mutability }],
                variableCharacteristics: { dataType, supportsMonitoring: false },
            })),
        },
    ]);
    return { answer: ACCEPTED, then };
}

function wanted({ variables }, { componentVariable }) {
    const all = [...variables.values()];
    if (componentVariable === undefined) {
        return all;
    }
    return all.filter((one) =>
        componentVariable.some(
            ({ component, variable }) =>
                component.name === one.component && (variable === undefined || variable.name === one.variable),
        ),
    );
}

function install(station, { evseId, chargingProfile: profile }) {
    station.profiles = station.profiles.filter(
        (one) =>
            one.profile.id !== profile.id &&
            !(
                one.evseId === evseId &&
                one.profile.stackLevel === profile.stackLevel &&
                one.profile.chargingProfilePurpose === profile.chargingProfilePurpose
            ),
    );
    station.profiles.push({ evseId, profile });
    return ACCEPTED;
}

function fits({ evseId, profile }, id, criteria = {}) {
    return (
        (id === undefined || id === profile.id) &&
        (criteria.evseId === undefined || criteria.evseId === evseId) &&
        (criteria.chargingProfilePurpose === undefined ||
            criteria.chargingProfilePurpose === profile.chargingProfilePurpose) &&
        (criteria.stackLevel === undefined || criteria.stackLevel === profile.stackLevel)
    );
}

function clear(station, { chargingProfileId, chargingProfileCriteria }) {
    const kept = station.profiles.filter((one) => !fits(one, chargingProfileId, chargingProfileCriteria));
    const status = kept.length < station.profiles.length ? "Accepted" : "Unknown";
    station.profiles = kept;
    return { status };
}

function profiles(station, { requestId, evseId, chargingProfile: { chargingProfileId: ids, ...criteria } }) {
    const found = station.profiles.filter(
        (one) => fits(one, undefined, { ...criteria, evseId }) && (ids === undefined || ids.includes(one.profile.id)),
    );
    if (found.length === 0) {
        return { status: "NoProfiles" };
    }
    const then = found.map((one, at) => [
        "ReportChargingProfiles",
        {
            requestId,
            chargingLimitSource: "CSO",
            evseId: one.evseId,
            chargingProfile: [one.profile],
            tbc: at < found.length - 1,
        },
    ]);
    return { answer: ACCEPTED, then };
}

function composite({ profiles: installed }, { evseId, duration, chargingRateUnit }) {
    const fitting = installed.filter((one) => one.evseId === evseId || one.evseId === 0);
    if (fitting.length === 0) {
        return { status: "Rejected" };
    }
    const [top] = fitting.sort((a, b) => b.profile.stackLevel - a.profile.stackLevel);
    const [{ chargingRateUnit: unit, chargingSchedulePeriod }] = top.profile.chargingSchedule;
    if (chargingRateUnit !== undefined && chargingRateUnit !== unit) {
        return { status: "Rejected" }; // it does not convert
    }
    return {
        ...ACCEPTED,
        schedule: { evseId, duration, scheduleStart: now(), chargingRateUnit: unit, chargingSchedulePeriod },
    };
}

function trigger(_, { requestedMessage, evse }, said) {
    const isThere = (params) => evse === undefined || (params.evseId ?? params.evse?.id) === evse.id;
    const then = again(requestedMessage, said, isThere);
    return { answer: { status: then.length > 0 ? "Accepted" : "Rejected" }, then };
}

const withRequest = (method, requestId, ...words) => words.map((status) => [method, { status, requestId }]);
const accepted = () => ACCEPTED;

const ANSWERS = {
    CancelReservation: accepted,
    CertificateSigned: accepted,
    ChangeAvailability: accepted,
    ClearCache: accepted,
    ClearChargingProfile: clear,
    ClearDisplayMessage: () => ({ status: "Unknown" }),
    ClearVariableMonitoring: (_, { id }) => ({
        clearMonitoringResult: id.map((one) => ({ id: one, status: "NotFound" })),
    }),
    CostUpdated: () => ({}),
    CustomerInformation: accepted,
    DataTransfer: () => ({ status: "UnknownVendorId" }),
    DeleteCertificate: () => ({ status: "NotFound" }),
    GetBaseReport: (station, params) => report(params, wanted(station, {})),
    GetChargingProfiles: profiles,
    GetCompositeSchedule: composite,
    GetDisplayMessages: () => ({ status: "Unknown" }),
    GetInstalledCertificateIds: () => ({ status: "NotFound" }),
    GetLocalListVersion: ({ listVersion }) => ({ versionNumber: listVersion }),
    GetLog: (_, { requestId }) => ({
        answer: { ...ACCEPTED, filename: "log.txt" },
        then: withRequest("LogStatusNotification", requestId, "Uploading", "Uploaded"),
    }),
    GetMonitoringReport: () => ({ status: "EmptyResultSet" }),
    GetReport: (station, params) => report(params, wanted(station, params)),
    GetTransactionStatus: () => ({ messagesInQueue: false }),
    GetVariables: get,
    InstallCertificate: accepted,
    PublishFirmware: accepted,
    RequestStartTransaction: accepted,
    RequestStopTransaction: accepted,
    ReserveNow: accepted,
    Reset: accepted,
    SendLocalList: (station, { versionNumber }) => {
        station.listVersion = versionNumber;
        return ACCEPTED;
    },
    SetChargingProfile: install,
    SetDisplayMessage: accepted,
    SetMonitoringBase: accepted,
    SetMonitoringLevel: accepted,
    SetNetworkProfile: accepted,
    SetVariableMonitoring: (_, { setMonitoringData }) => ({
        setMonitoringResult: setMonitoringData.map(({ component, variable, type, severity }) => ({
            component,
            variable,
            type,
            severity,
            status: "UnsupportedMonitorType",
        })),
    }),
    SetVariables: set,
    TriggerMessage: trigger,
    UnlockConnector: () => ({ status: "Unlocked" }),
    UnpublishFirmware: () => ({ status: "NoFirmware" }),
    UpdateFirmware: (_, { requestId }) => ({
        answer: ACCEPTED,
        then: withRequest(
            "FirmwareStatusNotification",
            requestId,
            ...["Downloading", "Downloaded", "Installing", "Installed"],
        ),
    }),
};
