// The power graph: steps, gaps as hatched bands with their reason, one hover line that tells the whole moment.

import { GAPS, power } from "/static/words.js";
import { bands, steps } from "/static/steps.js";
import { ticks } from "/static/ticks.js";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };
const HOVERS = 1_500;
const LAYERS = { cluster: 0, building: 1, connector: 2 };
const LANE = 0.06;

export class Graph {
  constructor(frame, onZoom) {
    this._frame = frame;
    this._onZoom = onZoom;
    this._wired = false;
  }

  /** Draw an answer of /api/v1/power; `view` has curves, range, zone, now, several. */
  async draw(answer, view) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const shown = view.curves.filter((curve) => curve.shown);
    const gaps = bands(visible(answer.gaps, shown), Math.max(answer.resolution_s * 1000, (view.range.to - view.range.from) / 400));
    // Several chargers get a lane each at the top, because the gap of one is not that of the others.
    const lanes = view.several ? [...new Set(shown.map((curve) => curve.charger))] : [];
    const traces = [
      ...gaps.map((gap) => bandTrace(gap, lanes, colour)),
      ...[...shown].sort((a, b) => LAYERS[a.kind] - LAYERS[b.kind]).flatMap((curve) => curveTraces(curve, shown)),
      hoverTrace(answer, shown, gaps, view),
    ];
    await window.Plotly.react(this._frame, traces, this._layout(view, colour, extent(shown, gaps.length ? lanes.length : 0)), CONFIG);
    this._wire();
  }

  _layout(view, colour, extent) {
    const width = this._frame.clientWidth;
    const { values, texts } = ticks(view.range.from, view.range.to, view.zone, width - 60);
    const still = matchMedia("(pointer: coarse)").matches;
    return {
      autosize: true,
      height: width < 520 ? 260 : 340,
      margin: { l: 44, r: 10, t: 8, b: 44 },
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--quiet") },
      showlegend: false,
      dragmode: still ? false : "zoom",
      hovermode: "closest",
      hoverdistance: -1,
      spikedistance: -1,
      hoverlabel: { align: "left", bgcolor: colour("--card"), bordercolor: colour("--line"), font: { family: getComputedStyle(document.body).fontFamily, color: colour("--text"), size: 13 } },
      xaxis: {
        type: "date",
        range: [view.range.from, view.range.to],
        fixedrange: still,
        tickvals: values,
        ticktext: texts,
        showgrid: true,
        gridcolor: colour("--grid"),
        zeroline: false,
        showspikes: true,
        spikemode: "across",
        spikesnap: "hovered data",
        spikethickness: 1,
        spikedash: "solid",
        spikecolor: colour("--quiet"),
      },
      yaxis: {
        title: { text: "kW", standoff: 4 },
        fixedrange: true,
        range: extent,
        gridcolor: colour("--grid"),
        zeroline: true,
        zerolinecolor: colour("--line"),
        nticks: 6,
      },
      yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
    };
  }

  _wire() {
    if (this._wired) return;
    this._wired = true;
    this._frame.on("plotly_afterplot", () => this._tell());
    this._frame.on("plotly_relayout", (change) => {
      const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (from !== undefined && to !== undefined) this._onZoom(utc(from), utc(to));
    });
    this._frame.on("plotly_doubleclick", () => this._onZoom(null, null));
    this._tell();
  }

  /** Say in the document how much is really drawn, for tests and for whoever debugs a browser. */
  _tell() {
    const lines = [...this._frame.querySelectorAll(".scatterlayer .js-line")];
    const points = lines.map((line) => (line.getAttribute("d") ?? "").match(/[MLHV]/g)?.length ?? 0);
    this._frame.dataset.drawnPoints = points.reduce((sum, count) => sum + count, 0);
    this._frame.dataset.drawnBands = this._frame.querySelectorAll(".scatterlayer .js-fill").length;
  }
}

/** The chart library tells times as text without a zone; they are UTC because UTC is what it was given. */
const utc = (value) => (typeof value === "number" ? value : Date.parse(`${value.replace(" ", "T")}Z`));

const visible = (gaps, shown) => {
  const keys = new Set(shown.map((curve) => curve.key));
  return gaps.filter((gap) => keys.has(`${gap.charger} ${gap.measure}`));
};

function curveTraces(curve, shown) {
  const filled = curve.kind === "connector" && shown.filter((other) => other.kind === "connector").length <= 3;
  const base = { type: "scatter", mode: "lines", connectgaps: false, hoverinfo: "skip" };
  const line = { shape: "hv", color: curve.colour, width: curve.kind === "connector" ? 1.8 : 1.3, dash: curve.dash };
  const traces = [
    {
      ...base,
      ...steps(curve.rows, (row) => row.power),
      name: curve.label,
      line,
      fill: filled ? "tozeroy" : "none",
      fillcolor: transparent(curve.colour, 0.14),
    },
  ];
  if (curve.kind === "connector" && curve.rows.some((row) => row.highest !== null)) {
    const highest = { ...line, width: 0.8, color: transparent(curve.colour, 0.55) };
    traces.unshift({ ...base, ...steps(curve.rows, (row) => row.highest ?? row.power), name: `${curve.label}, highest`, line: highest });
  }
  return traces;
}

/** From zero, or below where power flows back, to the highest value, with room for the lanes of the gaps. */
function extent(shown, lanes) {
  const values = shown.flatMap((curve) => curve.rows.map((row) => row.highest ?? row.power)).map((watts) => watts / 1000);
  const lowest = values.reduce((low, value) => Math.min(low, value), 0);
  const highest = values.reduce((high, value) => Math.max(high, value), 1);
  return [lowest * 1.08, lowest + (highest * 1.05 - lowest) / (1 - Math.min(lanes * LANE, 0.5))];
}

/** One charger's gaps take the whole height, those of several a lane. */
function bandTrace(gap, lanes, colour) {
  const lane = lanes.indexOf(gap.charger);
  const [bottom, top] = lane < 0 ? [0, 1] : [1 - (lane + 1) * LANE, 1 - lane * LANE - 0.01];
  const tone = colour(`--gap-${gap.reason}`);
  const x = [];
  const y = [];
  for (const { from, to } of gap.spans) {
    x.push(from, from, to, to, from, null);
    y.push(bottom, top, top, bottom, bottom, null);
  }
  return {
    type: "scatter",
    mode: "lines",
    x,
    y,
    yaxis: "y2",
    name: `${gap.charger}: ${GAPS[gap.reason][0]}`,
    line: { width: 0 },
    fill: "toself",
    fillcolor: transparent(tone, 0.1),
    fillpattern: { shape: "/", size: 7, solidity: 0.18, fillmode: "overlay", fgcolor: tone, fgopacity: 0.45 },
    hoverinfo: "skip",
  };
}

/** One invisible point in the middle of each bucket carries the sentence for that moment. */
function hoverTrace(answer, shown, gaps, view) {
  const step = answer.resolution_s * 1000;
  const lookups = shown.map((curve) => new Map(curve.rows.map((row) => [row.start, row])));
  const x = [];
  const text = [];
  const first = Date.parse(answer.from);
  const last = Math.min(Date.parse(answer.to), view.now);
  for (let start = first; start < last && x.length <= HOVERS; start += step) {
    const lines = [`<b>${moment(start, step, view.zone)}</b>`];
    shown.forEach((curve, index) => {
      const row = lookups[index].get(start);
      if (row) lines.push(`<span style="color:${curve.colour}">■</span> ${escaped(curve.label)} ${told(row)}`);
    });
    for (const gap of gaps) {
      if (gap.spans.some((span) => span.from < start + step && start < span.to)) {
        lines.push(`<i>${view.several ? `${escaped(gap.charger)}: ` : ""}${GAPS[gap.reason][1]}</i>`);
      }
    }
    if (lines.length === 1) continue;
    x.push(start + step / 2);
    text.push(lines.join("<br>"));
  }
  return {
    type: "scatter",
    mode: "markers",
    marker: { opacity: 0, size: 1 },
    x,
    y: x.map(() => 0.96),
    yaxis: "y2",
    text,
    hovertemplate: "%{text}<extra></extra>",
    name: "",
  };
}

function moment(start, step, zone) {
  const day = 24 * 3_600_000;
  if (step >= day) return `${zone.date(start)}, ${zone.time(start)} – ${zone.date(start + step)}, ${zone.time(start + step)}`;
  return `${zone.date(start)}, ${zone.time(start)}–${zone.time(start + step)}`;
}

function told(row) {
  const same = row.highest === null || power(row.highest) === power(row.power);
  const highest = same ? "" : `, highest ${power(row.highest)}`;
  return `${power(row.power)}${highest}${row.filled ? " <i>(from history)</i>" : ""}`;
}

/** The chart library reads a few tags in its texts; names are shown as they are. */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

function transparent(colour, opacity) {
  const hex = colour.replace("#", "");
  const part = (index) => Number.parseInt(hex.slice(index, index + 2), 16);
  return `rgba(${part(0)},${part(2)},${part(4)},${opacity})`;
}
