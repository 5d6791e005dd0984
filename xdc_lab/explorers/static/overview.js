// @ts-check
// The front page: what the run is in one sentence, Figure 2 of it, and the stories that were computed; Table 6.
/** @import {App, View} from "./app.js" */
/** @import {Space} from "./data.js" */
/** @import {Story} from "./types.js" */
import { capital, count, download, h, plural, said, share, table, title, to } from "./dom.js";
import { named } from "./data.js";
import { thumb, tie } from "./clip.js";
import { conceptText } from "./rail.js";

const MOST = 12; // clusters that a story links itself

/** What was sorted into what. @param {App} app */
function lede(app) {
  const { data } = app, kinds = data.spaces.map((space) => plural(space.k, `${space.title} cluster`)).join(" and ");
  return `${plural(data.count, "clip")} sorted into ${kinds}${data.hasLabels ? "; no label was used, the names are read off afterwards." : "; the clips have no labels, so clusters have numbers instead of names."}`;
}

/** The nearest clips of one cluster as a row of pictures. @param {App} app @param {Space} space @param {number} id */
function filmRow(app, space, id) {
  const cluster = space.byId.get(id);
  if (!cluster) return null;
  const known = named(app) && cluster.concepts.length;
  return h("section", { class: `film-row ${space.modality}`, "aria-label": `${space.title} cluster ${id}, nearest clips` },
    h("h3", to(`${space.key}/${id}`, h("span.id", `${capital(space.title)} #${id}`), h("span.rank", `rank ${cluster.rank}`),
      known ? said(conceptText(app, cluster, 2)) : plural(cluster.size, "clip"))),
    h("div.thumbs", cluster.nearest.slice(0, 10).map((item) => thumb(app, item, `${space.key}/${id}?clip=${item}`))));
}

/** @param {App} app @param {Story} story */
function storyNode(app, story) {
  const ends = story.clusters.flatMap(({ key, id }) => { const space = app.data.space(key); return space ? [{ space, id }] : []; });
  const [first] = ends, items = story.items.length ? story.items : first?.space.byId.get(first.id)?.nearest || [];
  return h("li", h("h3", said(story.title)),
    first ? h("div.thumbs", items.slice(0, 6).map((item) => thumb(app, item, `${first.space.key}/${first.id}?clip=${item}`))) : null,
    h("p", said(story.text)), h("p.fine.links", ends.slice(0, MOST).map(({ space, id }) => tie(space, id)),
      ends.length > MOST ? to(`${first.space.key}/${first.id}`, `and ${ends.length - MOST} more`) : null));
}

/** @param {App} app @returns {View} */
export function overviewPage(app) {
  const { data } = app, heading = title(said(data.title));
  const figure = data.stories.find((story) => story.kind === "figure 2");
  const told = app.mode.blind ? [] : data.stories.filter((story) => !["figure 2", "table 6"].includes(story.kind));
  const purity = data.spaces.some((space) => typeof space.measures.purity === "number") && !app.mode.blind;
  return { title: data.title, heading, node: h("div.page.overview",
    heading, h("p.lede", lede(app)),
    purity ? [h("dl.numbers", data.spaces.map((space) => h("div", { class: space.modality },
      h("dt", `${capital(space.title)} purity`), h("dd", share(space.measures.purity), typeof space.measures.nmi_label === "number"
        ? h("span.fine", ` NMI with labels ${share(space.measures.nmi_label)}`) : null)))),
    h("p.fine", "Beside each cluster: its number (#), its rank (1 is the purest), its purity as a dot, the 95% interval as a bar, and as a tick what chance alone gives a cluster of its size.")] : null,
    figure ? h("section.figure", h("h2", "The first clusters", h("span.num", "as in Figure 2: the 10 clips nearest to each centroid")),
      figure.clusters.map(({ key, id }) => { const space = data.space(key); return space ? filmRow(app, space, id) : null; }),
      h("p.fine.links", h("button", { onclick: () => savePicture(app, figure) }, "Save this figure as PNG"),
        data.table6 && !app.mode.blind ? to("table6", "Table 6 of this run") : null)) : null,
    told.length ? h("section", h("h2", "Worth a look", h("span.num", "computed from the assignments")),
      h("ol.stories", told.map((story) => storyNode(app, story))))
      : h("p.fine", app.mode.blind ? "Stories name labels; they are hidden while you rate blind." : "No pattern was strong enough to tell a story of.")) };
}

/** @param {App} app @returns {View} */
export function table6Page(app) {
  const { data } = app, heading = title("Table 6 of this run");
  if (!data.table6 || app.mode.blind) return app.lost(app.mode.blind ? "Table 6 names labels; switch blind off to read it." : "There is no Table 6 here.");
  const { markdown, latex, csv } = data.table6, ends = data.spaces.map(({ clusters }) => [...clusters.slice(0, 4), ...clusters.slice(4).slice(-2)]);
  /** @param {number} i @returns {(Node|string)[]} */
  const row = (i) => data.spaces.map((space, s) => {
    const cluster = ends[s][i];
    return cluster ? [h("span", tie(space, cluster.id), " ", h("span.rank", `rank ${cluster.rank}`)), to(`${space.key}/${cluster.id}`, said(named(app) ? conceptText(app, cluster) : plural(cluster.size, "clip")))] : [" ", " "];
  }).flat();
  const save = (/** @type {string} */ words, /** @type {string} */ file, /** @type {string} */ text) =>
    h("button", { onclick: () => { download(file, new Blob([text], { type: "text/plain" })); app.say(`${file} saved.`); } }, words);
  return { title: "Table 6", heading, node: h("div.page", heading,
    h("p.fine", "The first and the last ranks of each kind, with the three commonest labels of their clips. # is the cluster's number, here and in the files; the paper's # is the rank."),
    h("div.bar", save("Markdown", "table6.md", markdown), save("LaTeX", "table6.tex", latex), save("CSV", "table6.csv", csv)),
    table("First and last ranks", data.spaces.flatMap((space) => [`${capital(space.title)} cluster`, "Concepts"]),
      Array.from({ length: Math.max(...ends.map((one) => one.length)) }, (_, i) => row(i)))) };
}

/** Draws the rows of Figure 2 into a picture of their own. @param {App} app @param {Story} figure */
async function savePicture(app, figure) {
  const side = 120, gap = 6, head = 30, rows = figure.clusters.length;
  const canvas = h("canvas", { width: 10 * (side + gap) + gap, height: rows * (side * 0.75 + head + gap) }), context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const [row, { key, id }] of figure.clusters.entries()) {
    const space = app.data.space(key), cluster = space?.byId.get(id), up = row * (side * 0.75 + head + gap);
    if (!space || !cluster) continue;
    context.fillStyle = "#15181d";
    context.font = "15px system-ui, sans-serif";
    const words = named(app) ? conceptText(app, cluster) : `${count(cluster.size)} clips`;
    context.fillText(`${capital(space.title)} #${id}  ${words}`, gap, up + 20, canvas.width - 2 * gap);
    for (const [column, item] of cluster.nearest.slice(0, 10).entries()) {
      const media = await app.host.media(item), x = gap + column * (side + gap);
      context.fillStyle = "#eceef1";
      context.fillRect(x, up + head, side, side * 0.75);
      if (!media.strip) continue;
      const picture = new Image();
      picture.src = media.strip;
      await picture.decode();
      const wide = picture.width / (media.frames || 1);
      context.drawImage(picture, wide * ((media.frames || 1) >> 1), 0, wide, picture.height, x, up + head, side, side * 0.75);
    }
  }
  canvas.toBlob((blob) => { if (blob) download("figure2.png", blob); });
}
