// Where the time axis carries labels: on local midnights and hours, also across the change of clocks.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEPS = [HOUR / 12, HOUR / 4, HOUR / 2, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];
const MONTHS = [1, 2, 3, 6, 12];
const LABEL_PX = 60;

/** Return {values, texts} for an axis from `from` to `to` that is `width` pixels wide. */
export function ticks(from, to, zone, width) {
  const most = Math.max(2, Math.floor(width / LABEL_PX));
  const step = STEPS.find((length) => (to - from) / length <= most);
  const values = step ? steps(from, to, zone, step) : months(from, to, zone, most);
  return { values, texts: values.map((at, index) => label(at, values[index - 1], zone, step)) };
}

function steps(from, to, zone, step) {
  const found = new Set();
  for (let local = Math.ceil(zone.toLocal(from) / step) * step; ; local += step) {
    const at = zone.fromLocal(local);
    if (at > to) break;
    if (at >= from) found.add(at);
  }
  return [...found];
}

function months(from, to, zone, most) {
  const start = new Date(zone.toLocal(from));
  const all = (to - from) / (30.4 * DAY);
  const step = MONTHS.find((count) => all / count <= most) ?? 12;
  const found = [];
  for (let month = Math.ceil(start.getUTCMonth() / step) * step; ; month += step) {
    const at = zone.fromLocal(Date.UTC(start.getUTCFullYear(), month, 1));
    if (at > to) break;
    if (at >= from) found.push(at);
  }
  return found;
}

/** A new day is named where hours are counted, a new year where months are. */
function label(at, before, zone, step) {
  const local = new Date(zone.toLocal(at));
  if (step === undefined) {
    return before === undefined || local.getUTCMonth() === 0 ? `${zone.month(at)}<br>${local.getUTCFullYear()}` : zone.month(at);
  }
  if (step >= DAY) return zone.dayMonth(at);
  const newDay = before === undefined || Math.floor(zone.toLocal(before) / DAY) !== Math.floor(zone.toLocal(at) / DAY);
  return newDay ? `${zone.time(at)}<br>${zone.date(at)}` : zone.time(at);
}
