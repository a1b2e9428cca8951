// Which curves there are, their names, colours and whether they are shown.

const CONNECTORS = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5", "--curve-6"];
const AROUND = { building: "--curve-building", cluster: "--curve-cluster" };
const DASHES = ["solid", "dash", "dot", "dashdot"];

export class Curves {
  constructor() {
    this._chosen = new Map();
  }

  /** Give each series a name, a colour and whether it is shown. */
  dress(groups, several) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const counts = { connector: 0, building: 0, cluster: 0 };
    return groups.map((group) => {
      const kind = group.measure in AROUND ? group.measure : "connector";
      const index = counts[kind]++;
      const name = kind === "connector" ? CONNECTORS[index % CONNECTORS.length] : AROUND[kind];
      return {
        ...group,
        kind,
        label: label(group, groups, several),
        colour: colour(name),
        dash: kind === "connector" ? "solid" : DASHES[index % DASHES.length],
        // All chargers of a site see the same building: one such curve is enough until more are asked for.
        shown: this._chosen.get(group.key) ?? (kind === "connector" || index === 0),
      };
    });
  }

  choose(key, shown) {
    this._chosen.set(key, shown);
  }
}

function label(group, groups, several) {
  const alone = groups.filter((g) => g.charger === group.charger && g.measure.startsWith("connector")).length === 1;
  const measure = group.measure.replace(/^connector(\d+)$/, (_, number) => (alone ? "" : `connector ${number}`));
  const words = { building: "building", cluster: "all chargers" }[group.measure] ?? measure;
  if (several) return words ? `${group.charger} · ${words}` : group.charger;
  return words || "charger";
}
