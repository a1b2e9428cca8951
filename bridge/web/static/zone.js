// Local time of the place where the bridge stands, whatever the browser's own zone is. Times are UTC milliseconds.

const HOUR_MS = 3_600_000;

export class Zone {
  constructor(name) {
    this.name = name;
    const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: name, ...options });
    this._parts = format({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this._time = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this._date = format({ weekday: "short", day: "numeric", month: "short" });
    this._dateYear = format({ day: "numeric", month: "short", year: "numeric" });
    this._month = format({ month: "short" });
    this._dayMonth = format({ day: "numeric", month: "short" });
    this._offsets = new Map();
  }

  time = (ms) => this._time.format(ms);
  date = (ms) => this._date.format(ms);
  dateYear = (ms) => this._dateYear.format(ms);
  month = (ms) => this._month.format(ms);
  dayMonth = (ms) => this._dayMonth.format(ms);

  /** Return local minus UTC; asked once per quarter of an hour, because that is how finely zones change. */
  offsetMs(ms) {
    const quarter = Math.floor(ms / (HOUR_MS / 4)) * (HOUR_MS / 4);
    let offset = this._offsets.get(quarter);
    if (offset === undefined) {
      const part = Object.fromEntries(this._parts.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]));
      offset = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - quarter;
      if (this._offsets.size > 5_000) this._offsets.clear();
      this._offsets.set(quarter, offset);
    }
    return offset;
  }

  /** Return the UTC milliseconds of a local wall time that is itself given as if it were UTC. */
  fromLocal(localMs) {
    const guess = localMs - this.offsetMs(localMs);
    return localMs - this.offsetMs(guess);
  }

  toLocal(ms) {
    return ms + this.offsetMs(ms);
  }

  /** The local year, such as 2026. */
  toLocalYear(ms) {
    return new Date(this.toLocal(ms)).getUTCFullYear();
  }

  /** Today's moments as 20:06, others as Thu 6 Oct, 20:06, those of other years with the year. */
  moment(ms, nowMs) {
    const day = (at) => Math.floor(this.toLocal(at) / (24 * HOUR_MS));
    if (day(ms) === day(nowMs)) return this.time(ms);
    const sameYear = new Date(this.toLocal(ms)).getUTCFullYear() === new Date(this.toLocal(nowMs)).getUTCFullYear();
    return `${sameYear ? this.date(ms) : this.dateYear(ms)}, ${this.time(ms)}`;
  }
}
