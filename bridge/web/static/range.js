// Which stretch of time is shown. It either ends now and moves on, or stands still.

const HOUR = 3_600_000;
const SHORTEST = HOUR;

export class Range {
  constructor(hours) {
    this.hours = hours;
    this.fixed = null;
  }

  /** Return {from, to} in milliseconds. */
  at(now) {
    return this.fixed ?? { from: now - this.hours * HOUR, to: now };
  }

  /** Show the last `hours` and follow the time. */
  last(hours) {
    this.hours = hours;
    this.fixed = null;
  }

  /** Show exactly this, at least an hour of it. */
  only(from, to) {
    const middle = (from + to) / 2;
    const half = Math.max(to - from, SHORTEST) / 2;
    this.fixed = { from: middle - half, to: middle + half };
  }

  /** Move by one length, at most up to now. */
  move(direction, now) {
    const { from, to } = this.at(now);
    const length = to - from;
    if (to + direction * length >= now) {
      if (this.fixed && length !== this.hours * HOUR) this.fixed = { from: now - length, to: now };
      else this.fixed = null;
      return;
    }
    this.fixed = { from: from + direction * length, to: to + direction * length };
  }

  /** The hours of the button that fits, null when none does. */
  preset(now) {
    const { from, to } = this.at(now);
    return Math.abs(to - from - this.hours * HOUR) < 1000 ? this.hours : null;
  }
}
