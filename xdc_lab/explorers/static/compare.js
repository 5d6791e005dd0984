// @ts-check
// Two runs side by side on the clips that both have: measures, both maps with one selection, what matches, split, merged.
/** @import {Host, Payload} from "./types.js" */
/** @import {App} from "./app.js" */
/** @import {Space} from "./data.js" */
import { button, capital, choice, exchange, h, percent, plural, said, share, table, title } from "./dom.js";
import { readPayload, spread } from "./data.js";
import { clipCard } from "./clip.js";
import { abgr, hue, isDark } from "./colours.js";
import { hoverCard } from "./hover_card.js";
import { scatter } from "./map.js";
import { openPage } from "./page_host.js";

const SHOWN = 12, ROWS = 400;
const MEASURES = [["k", "k"], ["purity", "Purity"], ["nmi_label", "NMI, labels"], ["ami_label", "AMI, labels"]];

/** @param {HTMLElement} root @param {Payload} payload @param {Host} host */
function mount(root, payload, host) {
  const data = readPayload(payload), sides = data.sides || [], pairs = data.pairs || [];
  const status = h("div", { role: "status", class: "away" }), main = h("main", { id: "main", tabindex: -1 });
  const app = /** @type {App} */ (/** @type {unknown} */ ({ id: 1, data, host, root, mode: { picture: true, sound: true, blind: false }, chosen: [],
    still: matchMedia("(prefers-reduced-motion: reduce)").matches, say: (/** @type {string} */ words) => { status.textContent = words; } }));
  const state = { pair: 0, colour: "match", tool: "lasso", chosen: /** @type {Set<number>|null} */ (null) };
  const below = h("div.below"), figures = h("div.maps"), measures = h("div"), tables = h("div.found", { hidden: true });
  let maps = /** @type {{space: Space, view: ReturnType<typeof scatter>, item: (point: number) => number}[]} */ ([]);

  const spaceOf = (/** @type {number} */ side) => /** @type {Space} */ (data.space(pairs[state.pair].keys[side]));
  const nameOf = (/** @type {Space} */ space, /** @type {number} */ id) => { const first = space.byId.get(id)?.concepts[0]; return first ? data.labels[first[0]] : `#${id}`; };
  /** A cluster as a button that selects its clips. @param {Space} space @param {number} id @param {string} [more] */
  const pick = (space, id, more = "") => h("button", { class: `pick ${space.modality}`, onclick: () => choose(Array.from(space.members(id)), `${space.title} #${id}`) },
    `#${id} `, data.hasLabels ? said(nameOf(space, id)) : "", more);

  const card = hoverCard(app, (item) => maps.map(({ space }, side) => [space.modality, `${sides[side].name}: ${space.title} #${space.of[item]}`]));
  function hover(/** @type {number} */ item, /** @type {number} */ x, /** @type {number} */ y) {
    for (const { view } of maps) view.hover(item < 0 ? -1 : view.pointOf(item));
    card.show(item, x, y);
  }
  function paint() {
    const dark = isDark(root);
    const place = [0, 1].map((side) => new Map(pairs[state.pair].matched.map((row, i) => [row[side], i])));
    maps.forEach(({ space, view }, side) => {
      const look = getComputedStyle(view.node), accent = abgr(look.outlineColor), faint = abgr(look.borderTopColor), { chosen } = state;
      const own = (/** @type {number} */ item, /** @type {number} */ cluster) => {
        if (state.colour === "label") return data.label[item] >= 0 ? hue(data.label[item], dark) : faint;
        const matched = place[side].get(cluster);
        return matched === undefined ? faint : hue(matched, dark);
      };
      view.paint((item, cluster) => (chosen ? (chosen.has(item) ? accent : faint) : own(item, cluster)), chosen);
      view.node.setAttribute("data-space", space.key);
    });
  }
  /** @param {number[]} items @param {string} [words] what they are */
  function choose(items, words = "") {
    state.chosen = items.length ? new Set(items) : null;
    paint();
    app.say(items.length ? `${plural(items.length, "clip")} selected.` : "Selection cleared.");
    const near = [0, 1].map(spaceOf), first = Array.from(items).sort((a, b) => Math.min(...near.map((space) => space.distance[a])) - Math.min(...near.map((space) => space.distance[b])));
    if (items.length && stage.hidden) toggle.click();
    below.replaceChildren(...(items.length ? [
      h("h2", `${plural(items.length, "clip")} selected`, words ? `: ${words} ` : " ", h("button", { onclick: () => choose([]) }, "Clear")),
      h("div.twin", sides.map((side, at) => h("p", { class: spaceOf(at).modality }, said(side.name), `: ${plural(spread(items, spaceOf(at)).length, "cluster")}  `,
        spread(items, spaceOf(at)).slice(0, 6).map(([id, n]) => [pick(spaceOf(at), id, ` ${n}`), " "]).flat()))),
      h("div.clips", first.slice(0, SHOWN).map((item, i) => clipCard(app, item, { order: i + 1, of: items.length, link: null, spaces: [] }))),
      items.length > SHOWN ? h("p.fine", `The ${SHOWN} nearest to a centroid, of ${plural(items.length, "clip")}.`) : ""] : []));
  }

  function showMaps() {
    maps.forEach(({ view }) => view.stop());
    maps = [0, 1].flatMap((side) => {
      const space = spaceOf(side), map = data.maps.find((one) => one.key === space.key);
      if (!map) return [];
      const item = (/** @type {number} */ point) => (map.rows ? map.rows[point] : point), select = (/** @type {number} */ id) => choose(Array.from(space.members(id)), `${space.title} #${id} of ${sides[side].name}`);
      return [{ space, item, view: scatter(map, space, { hover: (point, x, y) => hover(point < 0 ? -1 : item(point), x, y), pick: (point, clicked) => { if (clicked) select(space.of[item(point)]); },
        lasso: (points) => choose(points.map(item)), name: (id) => nameOf(space, id), say: app.say, open: select, tool: () => state.tool }, "map-help") }];
    });
    maps.forEach(({ space, view }, side) => view.node.querySelector("canvas[aria-label]")?.setAttribute("aria-label", `Map of ${space.title} space, clusters of ${sides[side].name}`));
    figures.replaceChildren(...maps.map(({ space, view }, side) => h("figure", { class: space.modality },
      h("figcaption", said(sides[side].name), h("span.num", `${sides[side].method}, ${plural(space.k, `${space.title} cluster`)}`)), view.node)));
  }
  function showTables() {
    const { matched, changes } = pairs[state.pair], [one, other] = [spaceOf(0), spaceOf(1)], [first, second] = sides.map((side) => side.name);
    const size = (/** @type {Space} */ space, /** @type {number} */ id) => Math.max(1, space.members(id).length);
    const parts = (/** @type {typeof changes[0]} */ row) => row.parts.map(([id, n]) => [pick(row.change === "split" ? other : one, id, ` ${n}`), " "]).flat();
    const told = (/** @type {"split"|"merged"} */ change, /** @type {string} */ heading, /** @type {string} */ caption) => {
      const rows = changes.filter((row) => row.change === change);
      return h("section", h("h2", heading, h("span.num", rows.length || "none")), rows.length ? table(caption, ["Cluster", "Clips", change === "split" ? "Fell into" : "Made of"],
        rows.slice(0, ROWS).map((row) => [pick(change === "split" ? one : other, row.cluster), row.clips, h("span", parts(row))])) : null);
    };
    const both = (/** @type {number} */ a, /** @type {number} */ b) => Array.from(one.members(a)).filter((item) => other.of[item] === b);
    tables.replaceChildren(
      told("split", "Split", `Clusters of ${first} of which two clusters of ${second} hold a fifth each, or more`),
      told("merged", "Merged", `Clusters of ${second} that are made of such parts of ${first}`),
      h("section", h("h2", "Matched", h("span.num", `${matched.length} of ${one.k} and ${other.k}`)), table("One to one, so that matched clusters share most clips (Hungarian)", [first, second, "Clips", "of the first", "of the second"],
        matched.slice(0, ROWS).map(([a, b, n]) => [pick(one, a), pick(other, b), h("button.pick", { "aria-label": `Select the ${n} clips of both`, onclick: () => choose(both(a, b), `in ${first} #${a} and ${second} #${b}`) }, n),
          percent(n / size(one, a)), percent(n / size(other, b))]))));
  }
  function showPair(/** @type {number} */ at) {
    state.pair = at;
    showMaps();
    measures.replaceChildren(...agreement(pairs[at]));
    choose([]);
    showTables();
  }

  const heading = title(...sides.flatMap((side, i) => [i ? " and " : "", said(side.name)]));
  const only = sides.filter((side) => side.only).map((side) => `${plural(side.only, "more")} in ${side.name} alone`);
  /** How the two clusterings of a pair agree with labels and with each other. @param {NonNullable<Payload["pairs"]>[0]} pair */
  const agreement = ({ measures: m }) => [
    table(`${capital(spaceOf(0).title)} clusters of ${plural(data.count, "clip")} that both have${only.length ? `; ${only.join(", ")}` : ""}`, ["Measure", ...sides.map((side) => side.name)],
      MEASURES.map(([key, words]) => [words, ...["one", "other"].map((end) => (key === "k" ? m[`k_${end}`] : share(m[`${key}_${end}`])))])),
    h("p", `With each other: NMI ${share(m.nmi)}, AMI ${share(m.ami)}; ${percent(m.matched || 0)} of the clips in matched clusters. AMI is 0 for chance.`)];
  const zoom = (/** @type {number} */ by) => maps.forEach(({ view }) => view.zoom(by));
  const stage = h("div.stage", figures, h("section.dock", { "aria-label": "What is selected, and how the two agree", tabindex: 0 }, below, measures,
    h("p.fine", "Point at a clip to see it. Click it to select its cluster, or drag around clips: they light up in both maps, with the clusters that they fall into on either side."),
    h("p.fine", [...new Set(data.maps.map((map) => map.note))].join(" "))));
  const toggle = exchange("Split, merged, matched", stage, tables);
  main.append(h("div.page.fit",
    h("div.bar.tools", heading,
      pairs.length > 1 ? choice("pair", "Clusters", pairs.map(({ keys }, at) => [String(at), capital(/** @type {Space} */ (data.space(keys[0])).title)]), "0", (value) => showPair(Number(value))) : null,
      choice("colour", "Colour by", [["match", "Matched clusters"], ...(data.hasLabels ? [/** @type {[string, string]} */ (["label", "Label"])] : [])], "match", (value) => { state.colour = value; state.chosen = null; paint(); }),
      choice("tool", "Drag to", [["lasso", "Lasso"], ["pan", "Move"]], "lasso", (value) => { state.tool = value; }),
      h("span.group", button("−", "Zoom out", () => zoom(1 / 1.6)), button("+", "Zoom in", () => zoom(1.6)),
        button("Fit", "Fit what is selected, or all", () => maps.forEach(({ view }) => view.fit(state.chosen))), toggle)),
    h("p.away", { id: "map-help" }, "Arrow keys go between clusters, Enter selects one, plus and minus zoom, a double click shows all. A button has what was split, merged and matched as tables."),
    stage, tables, card.node));
  root.replaceChildren(h("a.skip", { href: "#main", onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus(); } }, "Skip to the page"),
    h("header", h("span.brand", h("b", "XDC"), " comparison"), h("span.fine", "Select in one map, by lasso or by a cluster's button, and see it in the other.")), h("div.columns", main), status);
  root.classList.add("xdc", "full", "lone", "two");
  document.title = data.title;
  showPair(0);
}

openPage(mount);
