// Rows to what is drawn. A row holds from its start to its end; between two runs there is nothing.

/** Group the rows of an answer by charger and measure, in their order; times become milliseconds. */
export function series(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.charger} ${row.measure}`;
    if (!groups.has(key)) groups.set(key, { key, charger: row.charger, measure: row.measure, rows: [] });
    groups.get(key).rows.push({
      start: Date.parse(row.start_at),
      end: Date.parse(row.end_at),
      power: row.power_w,
      highest: row.max_power_w ?? null,
      filled: row.source === "filled",
    });
  }
  return [...groups.values()];
}

/** Return {x, y} in kW for a line of shape `hv`, with a null after each run. */
export function steps(rows, value) {
  const x = [];
  const y = [];
  let last = null;
  const close = () => {
    if (last === null) return;
    x.push(last.end, last.end);
    y.push(value(last) / 1000, null);
  };
  for (const row of rows) {
    if (last !== null && last.end !== row.start) close();
    x.push(row.start);
    y.push(value(row) / 1000);
    last = row;
  }
  close();
  return { x, y };
}

/** Return per reason and charger the spans in which some measure has nothing, joined where they overlap. */
export function bands(gaps, shortest) {
  const groups = new Map();
  for (const gap of gaps) {
    const span = { from: Date.parse(gap.from), to: Date.parse(gap.to) };
    if (span.to - span.from < shortest) continue;
    const key = `${gap.charger} ${gap.reason}`;
    if (!groups.has(key)) groups.set(key, { charger: gap.charger, reason: gap.reason, spans: [] });
    groups.get(key).spans.push(span);
  }
  for (const group of groups.values()) group.spans = joined(group.spans);
  return [...groups.values()];
}

function joined(spans) {
  const result = [];
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else result.push({ ...span });
  }
  return result;
}
