// @ts-check
// The matrix of two spaces: a cell is the clips that two clusters share, names beside it; a table has the strongest cells.
/** @import {App, View} from "./app.js" */
import { brief, capital, choice, clamp, h, on, percent, plural, said, share, table, title, to } from "./dom.js";
import { crossing, named } from "./data.js";

/** @param {App} app @returns {View} */
export function matrixPage(app) {
  const { data } = app, [columns, rows] = data.spaces, known = named(app);
  const heading = title("What each pair shares");
  if (!rows) return { title: "Matrix", heading, node: h("div.page", heading, h("p.empty", "This run has one clustering, so there is no pair to compare.")) };
  const counts = crossing(rows, columns), rowSize = (/** @type {number} */ r) => rows.members(r).length, columnSize = (/** @type {number} */ c) => columns.members(c).length;
  const strength = (/** @type {number} */ r, /** @type {number} */ c) => counts[r * columns.k + c] / Math.sqrt(Math.max(1, rowSize(r) * columnSize(c)));
  let across = columns.order, down = rows.order;
  const cursor = { row: 0, column: 0 };
  const canvas = h("canvas", { tabindex: 0, role: "application", "aria-describedby": `matrix-help-${app.id}`,
    "aria-label": `${columns.k} ${columns.title} by ${rows.k} ${rows.title} clusters` });
  const tip = h("p.tip", "The stronger a cell, the more of the clips of both it holds. Point at one, or use the arrow keys.");
  const box = h("div.matrix", canvas);
  const word = (/** @type {typeof rows} */ space, /** @type {number} */ id) => { const c = space.byId.get(id); return known && c?.concepts.length ? `${data.labels[c.concepts[0][0]]}` : ""; };
  const cellWords = (/** @type {number} */ r, /** @type {number} */ c) => {
    const n = counts[r * columns.k + c], expected = (rowSize(r) * columnSize(c)) / data.count;
    return [`${capital(columns.title)} #${c} `, said(word(columns, c)), ` and ${rows.title} #${r} `, said(word(rows, r)), `: ${plural(n, "clip")}`,
      n ? `, ${percent(n / columnSize(c))} and ${percent(n / rowSize(r))}, ${(n / expected).toFixed(1)} times as many as by chance. ` : ". ",
      n ? to(`pair/${columns.key}.${c}/${rows.key}.${r}`, "Show them") : ""];
  };
  let cell = 1, gutter = 0, shows = false;
  const legend = [columns, rows].map((space) => h("span", { class: `legend ${space.modality}` }, `${space.title} clusters`));
  function draw() {
    const dots = Math.min(2, devicePixelRatio || 1), [wide, high] = [box.clientWidth, box.clientHeight].map((long) => long * dots);
    const measure = canvas.getContext("2d");
    if (!measure) return;
    measure.font = `600 ${11 * dots}px system-ui, sans-serif`; // names get what the longest takes, up to a third of the picture
    const longest = Math.max(...[columns, rows].flatMap((space) => space.order.map((id) => measure.measureText(`#${id} ${word(space, id)}`).width)));
    gutter = Math.round(Math.min(longest + 10 * dots, wide / 3, high / 2.6));
    cell = clamp(Math.floor(Math.min((wide - gutter) / columns.k, (high - gutter) / rows.k)), 2, 24 * dots);
    canvas.width = gutter + cell * columns.k;
    canvas.height = gutter + cell * rows.k;
    canvas.style.width = `${canvas.width / dots}px`;
    const context = canvas.getContext("2d"), style = getComputedStyle(box);
    if (!context) return;
    const at = (/** @type {number} */ i) => gutter + i * cell, gap = cell > 6 ? 1 : 0;
    context.fillStyle = style.borderTopColor;
    context.fillRect(gutter, gutter, canvas.width, canvas.height);
    context.fillStyle = style.color;
    down.forEach((r, y) => across.forEach((c, x) => {
      const s = strength(r, c);
      if (!s) return;
      context.globalAlpha = 0.12 + 0.88 * Math.min(1, s);
      context.fillRect(at(x), at(y), cell, cell);
    }));
    context.globalAlpha = 1;
    context.fillStyle = style.backgroundColor;
    across.forEach((_, x) => context.fillRect(at(x + 1) - gap, gutter, gap, canvas.height));
    down.forEach((_, y) => context.fillRect(gutter, at(y + 1) - gap, canvas.width, gap));
    if (shows) {
      context.strokeStyle = style.color;
      context.lineWidth = 2 * dots;
      context.strokeRect(at(cursor.column), at(cursor.row), cell - gap, cell - gap);
    }
    context.textBaseline = "middle";
    label(context, down, rows, cursor.row, "right", dots);
    context.rotate(-Math.PI / 2);
    label(context, across, columns, cursor.column, "left", dots);
  }
  /** Names beside the cells: as many as find room, and always those of the cell that is pointed at.
   * @param {CanvasRenderingContext2D} context @param {number[]} ids @param {typeof rows} space @param {number} here
   * @param {"left"|"right"} side @param {number} dots */
  function label(context, ids, space, here, side, dots) {
    const size = 11 * dots, edge = gutter - 6 * dots;
    let free = 0;
    context.textAlign = side;
    ids.forEach((id, i) => {
      const middle = gutter + (i + 0.5) * cell, mine = shows && i === here;
      if (!mine && (middle < free || (shows && Math.abs(i - here) * cell < size))) return;
      if (!mine) free = middle + size;
      context.font = `${mine ? 600 : 400} ${size}px system-ui, sans-serif`;
      context.fillStyle = getComputedStyle(mine ? box : legend[space === columns ? 0 : 1]).color;
      context.fillText(brief(`#${id} ${word(space, id)}`, Math.round((1.9 * edge) / size)), side === "left" ? -edge : edge, middle, edge);
    });
  }
  const open = (/** @type {number} */ r, /** @type {number} */ c) => app.go(`pair/${columns.key}.${c}/${rows.key}.${r}`);
  const under = (/** @type {MouseEvent} */ event) => {
    const area = canvas.getBoundingClientRect(), place = (/** @type {number} */ far) => Math.floor(((far * canvas.width) / area.width - gutter) / cell);
    return [place(event.clientY - area.top), place(event.clientX - area.left)];
  };
  const point = (/** @type {number} */ row, /** @type {number} */ column) => {
    Object.assign(cursor, { row, column });
    shows = true;
    draw();
    tip.replaceChildren(...cellWords(down[row], across[column]));
  };
  const rest = () => { shows = document.activeElement === canvas; draw(); };
  on(canvas, "pointermove", (event) => { const [y, x] = under(event); if (y in down && x in across && !(shows && y === cursor.row && x === cursor.column)) point(y, x); });
  on(canvas, "pointerleave", rest);
  // A name opens its cluster, a cell the clips of both.
  on(canvas, "click", (event) => {
    const [y, x] = under(event);
    const points = /** @type {PointerEvent} */ (event).pointerType === "touch" && !(shows && y === cursor.row && x === cursor.column); // a finger's first tap
    if (y in down && x in across) points ? point(y, x) : open(down[y], across[x]);
    else if (x in across) app.go(`${columns.key}/${across[x]}`);
    else if (y in down) app.go(`${rows.key}/${down[y]}`);
  });
  on(canvas, "focus", rest);
  on(canvas, "blur", rest);
  on(canvas, "keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Enter") open(down[cursor.row], across[cursor.column]);
    if (!move) return;
    point(clamp(cursor.row + move[0], 0, rows.k - 1), clamp(cursor.column + move[1], 0, columns.k - 1));
    app.say(tip.textContent || "");
    event.preventDefault();
  });
  /** @param {string} by */
  function arrange(by) {
    [across, down] = [columns, rows].map((space) => (by === "matched" ? space.order : space.clusters.map((c) => c.id)));
    draw();
  }
  const pairs = [];
  for (let r = 0; r < rows.k; r++) for (let c = 0; c < columns.k; c++) if (counts[r * columns.k + c]) pairs.push([r, c]);
  pairs.sort((a, b) => strength(b[0], b[1]) - strength(a[0], a[1]));
  const shown = pairs.slice(0, 40), watcher = new ResizeObserver(draw);
  watcher.observe(box);
  const node = h("div.page.fit",
    h("div.bar.tools", heading, h("span.fine", "Across: ", legend[0], ". Down: ", legend[1], "."), choice(`order-${app.id}`, "Order", [["matched", "Matched"], ["rank", "By rank"]], "matched", arrange)),
    h("p.away", { id: `matrix-help-${app.id}` }, "Arrow keys go from cell to cell, Enter opens the clips of one."),
    tip, h("div.stage.pairs", box,
    table(`The ${shown.length} strongest of ${pairs.length} pairs that share clips`, ["Pair", capital(columns.title), capital(rows.title), "Clips", `of ${columns.title}`, `of ${rows.title}`, "Strength"],
      shown.map(([r, c]) => { const n = counts[r * columns.k + c]; return [
        to(`pair/${columns.key}.${c}/${rows.key}.${r}`, `#${c}\u00a0and\u00a0#${r}`), said(word(columns, c) || `#${c}`), said(word(rows, r) || `#${r}`),
        n, percent(n / columnSize(c)), percent(n / rowSize(r)), share(strength(r, c))]; }))));
  return { title: "Matrix", heading, node, leave: () => watcher.disconnect(), shown: draw };
}
