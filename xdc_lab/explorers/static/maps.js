// @ts-check
// The twin maps: one per space, hover and selection shared, what was selected below.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
import { capital, choice, h, plural, said, share, table, title } from "./dom.js";
import { named, spread } from "./data.js";
import { scatter } from "./map.js";
import { clips } from "./cluster.js";
import { clipIn, tie, titleOf } from "./clip.js";
import { givenName } from "./names.js";
import { keepBar } from "./selections.js";

/** "rgb(1, 2, 3)" as one ABGR number. @param {string} css */
export function abgr(css) {
  const [r, g, b] = (css.match(/[\d.]+/g) || ["0", "0", "0"]).map(Number);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Hues far apart for neighbouring numbers. @param {number} i @param {boolean} dark */
export function hue(i, dark) {
  const angle = (i * 137.508 * Math.PI) / 180, light = dark ? 0.74 : 0.56, chroma = 0.09 + 0.04 * (i % 3);
  const a = chroma * Math.cos(angle), b = chroma * Math.sin(angle);
  const l = (light + 0.3963 * a + 0.2158 * b) ** 3, m = (light - 0.1056 * a - 0.0639 * b) ** 3, s = (light - 0.0895 * a - 1.2915 * b) ** 3;
  const rgb = [4.0767 * l - 3.3077 * m + 0.231 * s, -1.2684 * l + 2.6098 * m - 0.3413 * s, -0.0042 * l - 0.7034 * m + 1.7076 * s];
  const [r, g, c] = rgb.map((v) => Math.round(255 * Math.max(0, Math.min(1, v)) ** (1 / 2.2)));
  return ((255 << 24) | (c << 16) | (g << 8) | r) >>> 0;
}

/** @param {number} from ABGR @param {number} to @param {number} t */
function mix(from, to, t) {
  let out = 0xff000000;
  for (const shift of [0, 8, 16]) out |= Math.round(((from >> shift) & 255) * (1 - t) + ((to >> shift) & 255) * t) << shift;
  return out >>> 0;
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function mapsPage(app, query) {
  const { data } = app, known = named(app), heading = title("Maps");
  if (!data.maps.length) return { title: "Maps", heading, node: h("div.page", heading, h("p.empty", "This explorer was written without maps.")) };
  const state = { colour: known ? "label" : "cluster", tool: "lasso", chosen: /** @type {Set<number>|null} */ (null) };
  const tip = h("p.tip", { "aria-hidden": "true" }, " "), below = h("div.below"), help = `map-help-${app.id}`;
  const name = (/** @type {Space} */ space, /** @type {number} */ id) => {
    const cluster = space.byId.get(id);
    return known && cluster?.concepts.length ? data.labels[cluster.concepts[0][0]] : (cluster && givenName(app, space, cluster)?.text) || `#${id}`;
  };
  const maps = data.maps.map((map) => {
    const space = /** @type {Space} */ (data.space(map.key)), item = (/** @type {number} */ point) => (map.rows ? map.rows[point] : point);
    return { map, space, view: scatter(map, space, {
      hover: (point) => hover(point < 0 ? -1 : item(point)), pick: (point) => app.go(`${space.key}/${space.of[item(point)]}`),
      lasso: (points) => choose(points.map(item)), name: (id) => name(space, id), say: app.say,
      open: (id) => app.go(`${space.key}/${id}`), tool: () => state.tool }, help) };
  });

  function hover(/** @type {number} */ item) {
    for (const { view } of maps) view.hover(item < 0 ? -1 : view.pointOf(item));
    tip.replaceChildren(...(item < 0 ? [" "] : [said(titleOf(app, item)), data.spaces.map((s) => `   ${s.title} #${s.of[item]}`).join("")]));
  }
  function paint() {
    const style = getComputedStyle(app.root), dark = style.colorScheme === "dark" || (style.colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    for (const { space, view } of maps) {
      const look = getComputedStyle(view.node), accent = abgr(look.outlineColor), faint = abgr(look.borderTopColor);
      const { chosen, colour } = state, byLabel = colour === "label";
      const colours = Array.from({ length: byLabel ? data.labels.length : space.k }, (_, i) =>
        (colour === "purity" ? mix(faint, accent, space.byId.get(i)?.purity || 0) : hue(i, dark)));
      view.paint((item, cluster) => (chosen ? (chosen.has(item) ? accent : faint) : colours[byLabel ? data.label[item] : cluster] ?? faint), chosen);
    }
  }
  /** @param {number[]} items @param {boolean} [told] the host knows of them */
  function choose(items, told) {
    state.chosen = items.length ? new Set(items) : null;
    if (!told) app.select(items);
    paint();
    app.say(items.length ? `${plural(items.length, "clip")} selected.` : "Selection cleared.");
    below.replaceChildren(...(items.length ? chosen(items) : []));
  }
  const chosen = (/** @type {number[]} */ items) => [
    h("h2", `${plural(items.length, "clip")} selected `, h("button", { onclick: () => choose([]) }, "Clear")), keepBar(app, items),
    h("div.twin", data.spaces.map((space) => h("p", { class: space.modality }, `By ${space.title}: `,
      spread(items, space).slice(0, 6).map(([id, n]) => [tie(space, id), ` ${n}  `]).flat()))),
    ...clips(app, items, "maps", 12).filter((node) => node !== null)];

  const node = h("div.page.wide",
    h("div.top", heading, h("p.fine", "Neighbours are alike; distances between groups and the sizes of groups on a UMAP carry no meaning. ", data.maps[0].note)),
    h("div.bar",
      choice(`colour-${app.id}`, "Colour by", /** @type {[string, string][]} */ ([["cluster", "Cluster"], ...(known ? [["label", "Label"], ["purity", "Purity"]] : [])]), state.colour,
        (value) => { state.colour = value; state.chosen = null; paint(); }),
      choice(`tool-${app.id}`, "Drag to", [["lasso", "Lasso"], ["pan", "Move"]], state.tool, (value) => { state.tool = value; }),
      h("span.group", [["Zoom in", 1.6], ["Zoom out", 1 / 1.6]].map(([words, by]) =>
        h("button", { onclick: () => maps.forEach(({ view }) => view.zoom(Number(by))) }, words)))),
    h("p.away", { id: help }, "Arrow keys go between clusters, Enter opens one, space selects its clips, plus and minus zoom. A table is below."),
    h("div.twin.maps", maps.map(({ map, view }) => h("figure", { class: map.modality }, h("figcaption", capital(map.name.replace(/_/g, " ")), h("span.num", plural(map.x.length, "clip"))), view.node))),
    tip, below,
    h("details", h("summary", "The maps as tables"), maps.map(({ map, space, view }) => table(`Clusters on the ${map.name} map`,
      ["Cluster", "Concept", "Clips", "Purity", "Across", "Down"], space.clusters.map((c) => { const centre = view.centres[c.id]; return [
        tie(space, c.id), said(name(space, c.id)), c.size, known ? share(c.purity) : "–",
        centre ? share(centre[0] / 65535) : "–", centre ? share(centre[1] / 65535) : "–"]; })))));
  const item = clipIn(query);
  return { title: "Maps", heading, node, leave: () => maps.forEach(({ view }) => view.stop()), shown: () => { paint(); if (item >= 0) choose([item]); else if (app.chosen.length) choose(app.chosen, true); } };
}
