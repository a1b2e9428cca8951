// What a station of OCPP 1.6 answers a central system, and what it calls afterwards. No I/O.

import { again, now } from "./again.mjs";

const ACCEPTED = { status: "Accepted" };
const READ_ONLY = {
    ChargeProfileMaxStackLevel: "8",
    ChargingScheduleAllowedChargingRateUnit: "Current,Power",
    ChargingScheduleMaxPeriods: "24",
    GetConfigurationMaxKeys: "50",
    MaxChargingProfilesInstalled: "10",
    NumberOfConnectors: "1",
    SupportedFeatureProfiles: "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
};
const SETTINGS = {
    AuthorizeRemoteTxRequests: "false",
    ClockAlignedDataInterval: "0",
    ConnectionTimeOut: "60",
    HeartbeatInterval: "300",
    MeterValueSampleInterval: "60",
    MeterValuesAlignedData: "Energy.Active.Import.Register",
    MeterValuesSampledData: "Energy.Active.Import.Register",
    StopTxnSampledData: "",
    WebSocketPingInterval: "60",
};

export class Answers16 {
    // settings: configuration keys beside or instead of the usual ones, null for one that it has not
    constructor({ settings = {} } = {}) {
        const all = { ...SETTINGS, ...READ_ONLY, ...settings };
        this.settings = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
        this.profiles = []; // {connectorId, profile}
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
        return { settings: this.settings, profiles: this.profiles };
    }
}

function configuration({ settings }, { key }) {
    const wanted = key?.length > 0 ? key : Object.keys(settings);
    const known = wanted.filter((name) => Object.hasOwn(settings, name));
    const unknown = wanted.filter((name) => !Object.hasOwn(settings, name));
    return {
        configurationKey: known.map((name) => ({
            key: name,
            readonly: Object.hasOwn(READ_ONLY, name),
            value: settings[name],
        })),
        ...(unknown.length > 0 ? { unknownKey: unknown } : {}),
    };
}

function change({ settings }, { key, value }) {
    if (!Object.hasOwn(settings, key)) {
        return { status: "NotSupported" };
    }
    if (Object.hasOwn(READ_ONLY, key)) {
        return { status: "Rejected" };
    }
    settings[key] = value;
    return ACCEPTED;
}

function install(station, { connectorId, csChargingProfiles: profile }) {
    station.profiles = station.profiles.filter(
        (one) =>
            one.profile.chargingProfileId !== profile.chargingProfileId &&
            !(
                one.connectorId === connectorId &&
                one.profile.stackLevel === profile.stackLevel &&
                one.profile.chargingProfilePurpose === profile.chargingProfilePurpose
            ),
    );
    station.profiles.push({ connectorId, profile });
    return ACCEPTED;
}

function clear(station, { id, connectorId, chargingProfilePurpose, stackLevel }) {
    const kept = station.profiles.filter(
        (one) =>
            (id !== undefined && id !== one.profile.chargingProfileId) ||
            (connectorId !== undefined && connectorId !== one.connectorId) ||
            (chargingProfilePurpose !== undefined && chargingProfilePurpose !== one.profile.chargingProfilePurpose) ||
            (stackLevel !== undefined && stackLevel !== one.profile.stackLevel),
    );
    const status = kept.length < station.profiles.length ? "Accepted" : "Unknown";
    station.profiles = kept;
    return { status };
}

function composite({ profiles }, { connectorId, duration, chargingRateUnit }) {
    const fitting = profiles.filter((one) => one.connectorId === connectorId || one.connectorId === 0);
    if (fitting.length === 0) {
        return { status: "Rejected" };
    }
    const [top] = fitting.sort((a, b) => b.profile.stackLevel - a.profile.stackLevel);
    const { chargingRateUnit: unit, chargingSchedulePeriod } = top.profile.chargingSchedule;
    if (chargingRateUnit !== undefined && chargingRateUnit !== unit) {
        return { status: "Rejected" }; // it does not convert
    }
    return {
        ...ACCEPTED,
        connectorId,
        scheduleStart: now(),
        chargingSchedule: { duration, chargingRateUnit: unit, chargingSchedulePeriod },
    };
}

function trigger(_, { requestedMessage, connectorId }, said) {
    const then = again(requestedMessage, said, (params) => connectorId === undefined || params.connectorId === connectorId);
    return { answer: { status: then.length > 0 ? "Accepted" : "Rejected" }, then };
}

const statuses = (method, ...words) => words.map((status) => [method, { status }]);
const logStatuses = ({ requestId }, ...words) => words.map((status) => ["LogStatusNotification", { status, requestId }]);
const accepted = () => ACCEPTED;

const ANSWERS = {
    CancelReservation: accepted,
    CertificateSigned: accepted,
    ChangeAvailability: accepted,
    ChangeConfiguration: change,
    ClearCache: accepted,
    ClearChargingProfile: clear,
    DataTransfer: (_, { vendorId }) => ({ status: "UnknownVendorId", data: `nobody here is ${vendorId}` }),
    DeleteCertificate: () => ({ status: "NotFound" }),
    ExtendedTriggerMessage: trigger,
    GetCompositeSchedule: composite,
    GetConfiguration: configuration,
    GetDiagnostics: () => ({
        answer: { fileName: "diagnostics.txt" },
        then: statuses("DiagnosticsStatusNotification", "Uploading", "Uploaded"),
    }),
    GetInstalledCertificateIds: () => ({ status: "NotFound" }),
    GetLocalListVersion: ({ listVersion }) => ({ listVersion }),
    GetLog: (_, params) => ({
        answer: { ...ACCEPTED, filename: "log.txt" },
        then: logStatuses(params, "Uploading", "Uploaded"),
    }),
    InstallCertificate: accepted,
    RemoteStartTransaction: accepted,
    RemoteStopTransaction: accepted,
    ReserveNow: accepted,
    Reset: accepted,
    SendLocalList: (station, { listVersion }) => {
        station.listVersion = listVersion;
        return ACCEPTED;
    },
    SetChargingProfile: install,
    SignedUpdateFirmware: (_, { requestId }) => ({
        answer: ACCEPTED,
        then: ["Downloading", "Downloaded", "Installing", "Installed"].map((status) => [
            "SignedFirmwareStatusNotification",
            { status, requestId },
        ]),
    }),
    TriggerMessage: trigger,
    UnlockConnector: () => ({ status: "Unlocked" }),
    UpdateFirmware: () => ({
        answer: {},
        then: statuses("FirmwareStatusNotification", "Downloading", "Downloaded", "Installing", "Installed"),
    }),
};
