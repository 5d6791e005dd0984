// @ts-check
// The matrix of two spaces: a cell is the clips that two clusters share; a table has the strongest cells.
/** @import {App, View} from "./app.js" */
import { capital, choice, h, on, percent, plural, said, share, table, title, to } from "./dom.js";
import { crossing, named } from "./data.js";

/** @param {App} app @returns {View} */
export function matrixPage(app) {
  const { data } = app, [columns, rows] = data.spaces, known = named(app);
  const heading = title("What each pair shares");
  if (!rows) return { title: "Matrix", heading, node: h("div.page", heading, h("p.empty", "This run has one clustering, so there is no pair to compare.")) };
  const counts = crossing(rows, columns), rowSize = (/** @type {number} */ r) => rows.members(r).length, columnSize = (/** @type {number} */ c) => columns.members(c).length;
  const strength = (/** @type {number} */ r, /** @type {number} */ c) => counts[r * columns.k + c] / Math.sqrt(Math.max(1, rowSize(r) * columnSize(c)));
  let across = columns.clusters.map((c) => c.id), down = rows.clusters.map((c) => c.id);
  const cursor = { row: 0, column: 0 };
  const canvas = h("canvas", { tabindex: 0, role: "application", "aria-describedby": `matrix-help-${app.id}`,
    "aria-label": `${columns.k} ${columns.title} by ${rows.k} ${rows.title} clusters` });
  const tip = h("p.tip", "Point at a cell, or use the arrow keys.");
  const box = h("div.matrix", canvas);
  const word = (/** @type {typeof rows} */ space, /** @type {number} */ id) => { const c = space.byId.get(id); return known && c?.concepts.length ? `${data.labels[c.concepts[0][0]]}` : ""; };
  const cellWords = (/** @type {number} */ r, /** @type {number} */ c) => {
    const n = counts[r * columns.k + c], expected = (rowSize(r) * columnSize(c)) / data.count;
    return [`${capital(columns.title)} #${c} `, said(word(columns, c)), ` and ${rows.title} #${r} `, said(word(rows, r)), `: ${plural(n, "clip")}`,
      n ? `, ${percent(n / columnSize(c))} and ${percent(n / rowSize(r))}, ${(n / expected).toFixed(1)} times as many as by chance` : ""];
  };
  let cell = 1;
  function draw() {
    const dots = Math.min(2, devicePixelRatio || 1), wide = box.clientWidth;
    cell = Math.max(2, Math.min(28, Math.floor((wide * dots) / columns.k)));
    canvas.width = cell * columns.k;
    canvas.height = cell * rows.k;
    canvas.style.width = `${canvas.width / dots}px`;
    const context = canvas.getContext("2d"), style = getComputedStyle(box);
    if (!context) return;
    const gap = cell > 6 ? 1 : 0;
    down.forEach((r, y) => across.forEach((c, x) => {
      const s = strength(r, c);
      context.globalAlpha = 1;
      context.fillStyle = style.borderTopColor;
      context.fillRect(x * cell, y * cell, cell - gap, cell - gap);
      if (!s) return;
      context.globalAlpha = 0.12 + 0.88 * Math.min(1, s);
      context.fillStyle = style.outlineColor;
      context.fillRect(x * cell, y * cell, cell - gap, cell - gap);
    }));
    context.globalAlpha = 1;
    if (document.activeElement === canvas) {
      context.strokeStyle = style.color;
      context.lineWidth = 2 * dots;
      context.strokeRect(cursor.column * cell, cursor.row * cell, cell - gap, cell - gap);
    }
  }
  const open = (/** @type {number} */ r, /** @type {number} */ c) => app.go(`pair/${columns.key}.${c}/${rows.key}.${r}`);
  const under = (/** @type {MouseEvent} */ event) => {
    const area = canvas.getBoundingClientRect();
    return [Math.floor(((event.clientY - area.top) / area.height) * rows.k), Math.floor(((event.clientX - area.left) / area.width) * columns.k)];
  };
  on(canvas, "pointermove", (event) => {
    const [y, x] = under(event);
    if (y >= 0 && x >= 0 && y < rows.k && x < columns.k) tip.replaceChildren(...cellWords(down[y], across[x]));
  });
  on(canvas, "click", (event) => { const [y, x] = under(event); open(down[y], across[x]); });
  on(canvas, "focus", draw);
  on(canvas, "blur", draw);
  on(canvas, "keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Enter") { open(down[cursor.row], across[cursor.column]); return; }
    if (!move) return;
    cursor.row = Math.max(0, Math.min(rows.k - 1, cursor.row + move[0]));
    cursor.column = Math.max(0, Math.min(columns.k - 1, cursor.column + move[1]));
    draw();
    tip.replaceChildren(...cellWords(down[cursor.row], across[cursor.column]));
    app.say(tip.textContent || "");
    event.preventDefault();
  });
  /** Columns go to where their strongest row is, so that agreement reads as a diagonal. @param {string} order */
  function arrange(order) {
    across = columns.clusters.map((c) => c.id);
    down = rows.clusters.map((c) => c.id);
    if (order === "matched") {
      const place = new Map(across.map((c) => [c, down.reduce((best, r, y) => (strength(r, c) > strength(down[best], c) ? y : best), 0)]));
      across.sort((a, b) => (place.get(a) || 0) - (place.get(b) || 0) || strength(down[place.get(b) || 0], b) - strength(down[place.get(a) || 0], a));
    }
    draw();
  }
  const pairs = [];
  for (let r = 0; r < rows.k; r++) for (let c = 0; c < columns.k; c++) if (counts[r * columns.k + c]) pairs.push([r, c]);
  pairs.sort((a, b) => strength(b[0], b[1]) - strength(a[0], a[1]));
  const shown = pairs.slice(0, 40), watcher = new ResizeObserver(draw);
  watcher.observe(box);
  const node = h("div.page.wide",
    h("div.top", heading, h("p.fine", `${capital(columns.title)} clusters across, ${rows.title} clusters down. A darker cell holds more of the clips of both.`)),
    h("div.bar", choice(`order-${app.id}`, "Order", [["matched", "Matched"], ["rank", "By rank"]], "matched", arrange)),
    h("p.away", { id: `matrix-help-${app.id}` }, "Arrow keys go from cell to cell, Enter opens the clips of one."),
    h("div.side-by-side", h("div", box, tip),
    table(`The ${shown.length} strongest of ${pairs.length} pairs that share clips`, ["Pair", columns.title, rows.title, "Clips", `of ${columns.title}`, `of ${rows.title}`, "Strength"],
      shown.map(([r, c]) => { const n = counts[r * columns.k + c]; return [
        to(`pair/${columns.key}.${c}/${rows.key}.${r}`, `#${c} and #${r}`), said(word(columns, c) || `#${c}`), said(word(rows, r) || `#${r}`),
        n, percent(n / columnSize(c)), percent(n / rowSize(r)), share(strength(r, c))]; }))));
  return { title: "Matrix", heading, node, leave: () => watcher.disconnect(), shown: () => arrange("matched") };
}
