// @ts-check
// The record of a run: its iterations, its settings with their sources, the methods side by side, what was kept.
/** @import {App, View} from "./app.js" */
/** @import {Comparison} from "./types.js" */
import { capital, h, percent, plural, said, share, svg, table, title } from "./dom.js";
import { unpack } from "./data.js";

/** @type {[string, string][]} */
const LINES = [["purity", "Purity"], ["nmi_label", "NMI with labels"], ["nmi_other", "NMI with each other"], ["nmi_previous", "NMI with the iteration before"], ["churn", "Churn"]];

/** One measure over the iterations, a line a clustering. @param {App} app @param {string} key @param {string} words */
function strip(app, key, words) {
  const all = app.data.iterations, last = Math.max(1, ...all.map((row) => row.iteration)), wide = 220, high = 74;
  const lines = app.data.spaces.map((space) => {
    const points = all.filter((row) => row.clustering === space.name && typeof row[key] === "number")
      .map((row) => [4 + (row.iteration / last) * (wide - 8), 4 + (1 - row[key]) * (high - 8), row[key]]);
    return { space, points };
  }).filter((line) => line.points.length);
  if (!lines.length) return null;
  return h("figure.strip", h("figcaption", words, h("span.num",
    lines.map(({ space, points }) => h("b", { class: space.modality }, share(points[points.length - 1][2]))))),
  svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `${words} over ${last + 1} iterations; the table below has the numbers` },
    svg("line", { x1: 4, y1: high - 4, x2: wide - 4, y2: high - 4, class: "axis" }), svg("line", { x1: 4, y1: 4, x2: wide - 4, y2: 4, class: "axis" }),
    ...lines.map(({ space, points }) => svg("g", { class: space.modality },
      svg("polyline", { points: points.map((p) => `${p[0]},${p[1]}`).join(" ") }),
      ...points.map((p) => svg("circle", { cx: p[0], cy: p[1], r: 2.5 }))))));
}

/** @param {App} app */
function iterations(app) {
  const { data } = app, rows = data.iterations;
  if (!rows.length) return null;
  const known = LINES.filter(([key]) => rows.some((row) => typeof row[key] === "number") && (!app.mode.blind || !["purity", "nmi_label"].includes(key)));
  return h("section", h("h2", "Iterations", h("span.num", "0 to 1, from the random encoders on")),
    h("div.strips", known.map(([key, words]) => strip(app, key, words))),
    h("details", h("summary", "The iterations as a table"), table("Measures of every iteration", ["Iteration", "Clustering", ...known.map(([, words]) => words)],
      rows.map((row) => [row.iteration, row.clustering, ...known.map(([key]) => share(row[key]))]))));
}

/** The same clips under other methods. @param {App} app */
function comparisons(app) {
  const { data } = app;
  if (!data.comparisons.length || app.mode.blind) return null;
  const own = { run: data.run.id, method: data.run.method, clusterings: data.spaces.map(({ name, k, measures }) => ({ name, k, measures })) };
  return h("section", h("h2", "Methods side by side", h("span.num", "on the same clips")),
    table("Each method's clusterings", ["Method", "Clustering", "k", "Purity", "NMI with labels", "Run"],
      [own, ...data.comparisons].map((run) => run.clusterings.map((c) => [run.method, c.name, c.k, share(c.measures.purity), share(c.measures.nmi_label), said(run.run)])).flat()));
}

/** Where a cluster's clips lie under other methods. @param {App} app @param {ArrayLike<number>} items */
export function elsewhere(app, items) {
  if (!app.data.comparisons.length || !items.length || app.mode.blind) return null;
  const rows = app.data.comparisons.flatMap((run) => run.clusterings.filter((c) => c.assignment).map((c) => {
    const of = columnOf(c), counts = new Map();
    for (let i = 0; i < items.length; i++) counts.set(of[items[i]], (counts.get(of[items[i]]) || 0) + 1);
    const [top, n] = [...counts].sort((a, b) => b[1] - a[1])[0], concept = c.concepts[top]?.[0];
    return [run.method, c.name, counts.size, percent(n / items.length), concept ? said(`${app.data.labels[concept[0]]} (${share(concept[1])})`) : `#${top}`];
  }));
  return h("details", h("summary", "The same clips under other methods"),
    table("Where these clips lie under other methods", ["Method", "Clustering", "Clusters", "Largest part", "whose label is"], rows));
}

/** @type {WeakMap<object, ArrayLike<number>>} */
const columns = new WeakMap();
/** @param {Comparison["clusterings"][0]} clustering */
function columnOf(clustering) {
  const known = columns.get(clustering) || unpack(/** @type {import("./types.js").Packed} */ (clustering.assignment));
  columns.set(clustering, known);
  return known;
}

/** @param {App} app @returns {View} */
export function recordPage(app) {
  const { data } = app, { run, media } = data, heading = title("About this run");
  const fact = (/** @type {string} */ name, /** @type {any} */ value) => (value === "" || value == null ? null
    : [h("dt", name), h("dd", said(String(value)))]);
  const missing = Object.entries(media.missing);
  return { title: "About this run", heading, node: h("div.page", heading,
    h("p.lede", data.hasLabels ? "Labels were not used in making the clusters. They name and measure the clusters afterwards."
      : "These clips have no labels; nothing was named or measured by one."),
    h("dl.record", fact("Run", run.id), fact("Method", run.method), fact("Data", run.data_name), fact("Licence", run.data_licence || "not stated"),
      fact("Seed", run.seed), fact("Clusters", data.spaces.map((s) => `${s.k} ${s.title}`).join(", ")), fact("Iteration", run.iteration), fact("Status", run.status),
      fact("Made", run.created), fact("Command", run.command), fact("Warnings", run.warnings.join("; "))),
    iterations(app), comparisons(app),
    h("section", h("h2", "Settings", h("span.num", "each with its source")),
      data.settings.length ? table("Settings and where their values come from", ["Setting", "Value", "Source", "Note"], data.settings.map((row) => [row.name, said(row.value), row.source, said(row.note || " ")])) : h("p.empty", "The run recorded no settings.")),
    h("section", h("h2", "Made with"), h("dl.record", Object.entries(data.environment).map(([name, value]) => fact(name, value)))),
    h("section", h("h2", "What this file holds"), h("ul.plain", media.plan.map((line) => h("li", line))),
      missing.length ? h("details", h("summary", `${plural(missing.length, "clip")} without a preview`),
        table("Clips without a preview, and why", ["Clip", "Reason"], missing.slice(0, 500).map(([item, why]) => [said(data.name(Number(item))), said(capital(why))]))) : null)) };
}
