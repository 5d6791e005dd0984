// @ts-check
// The twin maps: one per space, hover and selection shared; beside them the pinned clip and what was selected.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
import { button, capital, choice, count, exchange, h, on, plural, said, share, table, title } from "./dom.js";
import { named, spread } from "./data.js";
import { abgr, hue, isDark, mix } from "./colours.js";
import { bars } from "./cluster.js";
import { hoverCard } from "./hover_card.js";
import { scatter } from "./map.js";
import { clipIn, numbers, player, silence, thumb, tie, titleOf } from "./clip.js";
import { givenName } from "./names.js";
import { keepBar } from "./selections.js";

/** The clip that was clicked, with its film and sound. @param {App} app @param {number} item @param {boolean} plays @param {() => void} close */
function pinned(app, item, plays, close) {
  const name = titleOf(app, item);
  return [player(app, item, name, plays), h("div",
    h("h2", said(name)), app.mode.blind ? null : h("p.fine", said(app.data.name(item))),
    app.data.spaces.map((space) => { const id = space.of[item]; return h("p", h("a", { href: `#${space.key}/${id}?clip=${item}`, class: `tie ${space.modality}` }, `${space.title} ${numbers(space, id)}`)); }),
    h("button", { onclick: close }, "Unpin"))];
}

/** @param {App} app @param {URLSearchParams} query @returns {View} */
export function mapsPage(app, query) {
  const { data } = app, known = named(app), heading = title("Maps");
  if (!data.maps.length) return { title: "Maps", heading, node: h("div.page", heading, h("p.empty", "This explorer was written without maps.")) };
  const state = { colour: known ? "label" : "cluster", tool: "lasso", chosen: /** @type {Set<number>|null} */ (null) };
  const pin = h("section.pinned", { "aria-label": "The pinned clip" }), below = h("div.below"), help = `map-help-${app.id}`, card = hoverCard(app, (item) => data.spaces.map((space) => [space.modality, `${space.title} ${numbers(space, space.of[item])}`]));
  const name = (/** @type {Space} */ space, /** @type {number} */ id) => {
    const cluster = space.byId.get(id);
    return known && cluster?.concepts.length ? data.labels[cluster.concepts[0][0]] : (cluster && givenName(app, space, cluster)?.text) || `#${id}`;
  };
  const maps = data.maps.map((map) => {
    const space = /** @type {Space} */ (data.space(map.key)), item = (/** @type {number} */ point) => (map.rows ? map.rows[point] : point);
    return { map, space, view: scatter(map, space, {
      hover: (point, x, y) => hover(point < 0 ? -1 : item(point), x, y), pick: (point, plays) => keep(item(point), plays),
      lasso: (points) => choose(points.map(item)), name: (id) => name(space, id), picture: pictures(app, space), say: app.say,
      open: (id) => app.go(`${space.key}/${id}`), tool: () => state.tool, wheel: app.root.dataset.page === "whole" }, help) };
  });

  function hover(/** @type {number} */ item, /** @type {number} */ x, /** @type {number} */ y) {
    for (const { view } of maps) view.hover(item < 0 ? -1 : view.pointOf(item));
    card.show(item, x, y);
  }
  function paint() {
    const dark = isDark(app.root);
    node.classList.toggle("by-purity", state.colour === "purity" && !state.chosen);
    for (const { space, view } of maps) {
      const look = getComputedStyle(view.node), accent = abgr(look.outlineColor), faint = abgr(look.borderTopColor);
      const { chosen, colour } = state, byLabel = colour === "label";
      const colours = Array.from({ length: byLabel ? data.labels.length : space.k }, (_, i) =>
        (colour === "purity" ? mix(faint, accent, space.byId.get(i)?.purity || 0) : hue(i, dark)));
      view.paint((item, cluster) => (chosen ? (chosen.has(item) ? accent : faint) : colours[byLabel ? data.label[item] : cluster] ?? faint), chosen);
    }
  }
  /** Pins a clip, or lets it go. @param {number} item or -1 @param {boolean} plays */
  function keep(item, plays) {
    silence();
    app.pinned = item;
    for (const { view } of maps) view.pin(item < 0 ? -1 : view.pointOf(item));
    pin.replaceChildren(...(item < 0 ? [] : pinned(app, item, plays, () => keep(-1, false))));
    dock.scrollTo(0, 0);
  }
  /** @param {number[]} items @param {boolean} [told] the host knows of them */
  function choose(items, told) {
    state.chosen = items.length ? new Set(items) : null;
    if (!told) app.select(items);
    paint();
    app.say(items.length ? `${plural(items.length, "clip")} selected.` : "Selection cleared.");
    below.replaceChildren(...(items.length ? chosen(items) : []));
    if (items.length) dock.scrollTo(0, below.offsetTop - dock.offsetTop);
  }
  const chosen = (/** @type {number[]} */ items) => [
    h("h2", `${plural(items.length, "clip")} selected `, h("button", { onclick: () => choose([]) }, "Clear")), keepBar(app, items),
    h("div.twin", data.spaces.map((space) => h("section", { class: space.modality, "aria-label": `By ${space.title}` },
      bars(app, space, spread(items, space).slice(0, 4), items.length, (id) => `${space.key}/${id}`)))),
    h("div.thumbs", items.slice(0, 40).map((item) => thumb(app, item, () => keep(item, true)))),
    ...(items.length > 40 ? [h("p.fine", `The first 40 of ${count(items.length)}.`)] : [])];
  const fit = () => maps.forEach(({ view }) => view.fit(state.chosen));
  const tables = h("div.twin", { hidden: true }, maps.map(({ map, space, view }) => table(`Clusters on the ${map.name} map`,
    ["Cluster", "Rank", "Concept", "Clips", "Purity", "Across", "Down"], space.clusters.map((c) => { const centre = view.centres[c.id]; return [
      tie(space, c.id), c.rank, said(name(space, c.id)), c.size, known ? share(c.purity) : "–",
      centre ? share(centre[0] / 65535) : "–", centre ? share(centre[1] / 65535) : "–"]; }))));
  const dock = h("section.dock", { "aria-label": "What is pinned and selected", tabindex: 0 }, pin, below,
    h("p.fine.hint", "Point at a clip to see it; click to pin and play it. Drag around clips to select them. Space plays, F fits, a double click shows all."),
    h("p.fine.hint", "Neighbours are alike; distances between groups and the sizes of groups on a UMAP carry no meaning. ", data.maps[0].note));
  const stage = h("div.stage",
    h("div.maps", maps.map(({ map, view }) => h("figure", { class: map.modality }, h("figcaption", capital(map.name.replace(/_/g, " ")), h("span.num", plural(map.x.length, "clip")),
      h("span.scale", "purity 0 ", h("i"), " 1")), view.node))), dock);
  const toggle = exchange("Table", stage, tables);
  const node = h("div.page.fit",
    h("div.bar.tools", heading,
      choice(`colour-${app.id}`, "Colour by", /** @type {[string, string][]} */ ([["cluster", "Cluster"], ...(known ? [["label", "Label"], ["purity", "Purity"]] : [])]), state.colour,
        (value) => { state.colour = value; state.chosen = null; paint(); }),
      choice(`tool-${app.id}`, "Drag to", [["lasso", "Lasso"], ["pan", "Move"]], state.tool, (value) => { state.tool = value; }),
      h("span.group", button("−", "Zoom out", () => maps.forEach(({ view }) => view.zoom(1 / 1.6))), button("+", "Zoom in", () => maps.forEach(({ view }) => view.zoom(1.6))),
        button("Fit", "Fit what is selected, or all (F)", fit), toggle)),
    h("p.away", { id: help }, "Arrow keys go between clusters, Enter opens one, S selects its clips, space plays, plus and minus zoom, F fits. The button Table has the same as a table."),
    stage, tables, card.node);
  const gone = new AbortController(), item = clipIn(query);
  on(app.root, "keydown", (event) => {
    const at = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input[type=search], input[type=text], select, textarea")) return;
    if (event.key === "f") fit();
    else if (event.key === " " && app.pinned >= 0 && !at.closest("button, input, a, summary")) {
      event.preventDefault();
      /** @type {HTMLElement|null} */ (pin.querySelector(".film"))?.click();
    }
  }, { signal: gone.signal });
  return { title: "Maps", heading, node, leave: () => { gone.abort(); maps.forEach(({ view }) => view.stop()); }, shown: () => {
    paint();
    if (item >= 0) choose([item]);
    else if (app.chosen.length) choose(app.chosen, true);
    if (item >= 0 || app.pinned >= 0) keep(item >= 0 ? item : app.pinned, false);
  } };
}

/** The middle frame of the clip nearest to each centroid, once it has come; null till then. @param {App} app @param {Space} space */
function pictures(app, space) {
  /** @type {Map<number, import("./map.js").Frame|null>} */
  const known = new Map();
  return (/** @type {number} */ id, /** @type {() => void} */ ready) => {
    const first = space.byId.get(id)?.nearest[0];
    if (!app.mode.picture || first === undefined) return null;
    if (!known.has(id)) {
      known.set(id, null);
      app.host.media(first).then(async ({ strip, frames = 1 }) => {
        if (!strip) return;
        const image = new Image();
        image.src = strip;
        await image.decode();
        const across = image.width / frames;
        known.set(id, { image, across, from: across * (frames >> 1) });
        ready();
      }).catch(() => undefined); // a map does without
    }
    return known.get(id) || null;
  };
}
