// Numbers and states in words. What was not reported is a dash, never a zero.

export const DASH = "–";

/** 640 W, 10.7 kW */
export function power(watts) {
  if (watts === null || watts === undefined) return DASH;
  return Math.abs(watts) < 999.5 ? `${Math.round(watts)} W` : `${(watts / 1000).toFixed(1)} kW`;
}

/** 12.34 kWh */
export function energy(wattHours, digits = 2) {
  if (wattHours === null || wattHours === undefined) return DASH;
  return `${kilo(wattHours, digits)} kWh`;
}

/** 1 095 394.528: the meter as it is read, with thin spaces between thousands. */
export function kilo(value, digits) {
  if (value === null || value === undefined) return DASH;
  const [whole, fraction] = (value / 1000).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** 13 h 15 min, 42 s */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return DASH;
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Word, icon and tone of a connector's state. */
export const STATES = {
  Available: ["Free", "free", "free"],
  Preparing: ["Plugged in", "vehicle", "wait"],
  Charging: ["Charging", "charging", "go"],
  SuspendedEV: ["Vehicle waits", "pause", "wait"],
  SuspendedEVSE: ["Charger waits", "pause", "wait"],
  Finishing: ["Finished", "vehicle", "wait"],
  Reserved: ["Reserved", "vehicle", "wait"],
  Unavailable: ["Out of service", "off", "off"],
  Faulted: ["Fault", "fault", "bad"],
};

export const HEALTHS = {
  normal: "heard",
  communication_fault: "communication fault",
  charger_fault: "charger fault",
};

/** Word and tone of a station's state towards its central system. */
export const STATIONS = {
  connecting: ["Not connected", "wait"],
  booting: ["Signing in", "wait"],
  pending: ["Awaits acceptance", "wait"],
  rejected: ["Not accepted", "bad"],
  online: ["Online", "go"],
  held: ["Held back", "wait"],
  stopped: ["Stopped", "off"],
};

/** Word and tone of what became of an operation. */
export const OUTCOMES = {
  done: ["Done", "go"],
  refused: ["Refused", "bad"],
  unconfirmed: ["Not confirmed", "wait"],
};

/** How a connection is protected, by its security profile. */
export const SECURITY = [
  "no password, not encrypted",
  "password, not encrypted",
  "password, encrypted",
  "certificate, encrypted",
];

const STOPS = {
  DeAuthorized: "Card no longer valid",
  EmergencyStop: "Emergency stop",
  EnergyLimitReached: "Energy limit reached",
  EVDisconnected: "Vehicle unplugged",
  GroundFault: "Ground fault",
  ImmediateReset: "Charger reset",
  Local: "Stopped at the charger",
  LocalOutOfCredit: "Out of credit",
  MasterPass: "Master pass",
  Other: "Other",
  OvercurrentFault: "Overcurrent",
  PowerLoss: "Power failure",
  PowerQuality: "Power quality",
  Reboot: "Charger restarted",
  Remote: "Stopped from afar",
  SOCLimitReached: "Battery limit reached",
  StoppedByEV: "Stopped by the vehicle",
  TimeLimitReached: "Time limit reached",
  Timeout: "Timeout",
};

/** Why a session ended, in words; the charger's own word where ours has none. */
export const stopReason = (session) =>
  STOPS[session.stop_reason] ?? session.stop_reason ?? session.stop_reason_raw ?? (session.ended_at ? DASH : "running");

export const FLAGS = {
  fault_stop: ["fault", "Ended by a fault"],
  short: ["short", "Lasted less than a minute"],
  implausible_energy: ["implausible", "More energy than the power could have brought"],
  register_fell: ["meter fell", "The meter at the end is below the one at the start: no energy can be told"],
  energy_mismatch: ["mismatch", "The charger's own figure differs from its meter"],
  no_register: ["no meter", "A meter reading is missing: no energy can be told"],
};

/** Flags that say nothing against a session's numbers: some chargers end every session two seconds late. */
export const HARMLESS_FLAGS = new Set(["ended_after_unplug"]);

/** Why a graph has nothing at some time: short for the legend, long for whoever points at it. */
export const GAPS = {
  missing: ["not fetched yet", "not fetched from the charger's history yet"],
  absent: ["no data", "the charger's history has nothing"],
  down: ["charger silent", "charger silent; its history is asked when it answers"],
};
