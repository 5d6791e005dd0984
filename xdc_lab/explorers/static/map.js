// @ts-check
// One map: points into ImageData with names on them, a hit-test grid, zoom, and an overlay with hover and lasso.
/** @import {MapData, Space} from "./data.js" */
import { clamp, h, on } from "./dom.js";

const CELLS = 256, FULL = 65535, NAMES = 20; // so many at the first zoom

/** @typedef {ReturnType<typeof hitGrid>} HitGrid */

/** Points by the cell that they lie in. @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys */
export function hitGrid(xs, ys) {
  const n = xs.length, start = new Uint32Array(CELLS * CELLS + 1), order = new Uint32Array(n);
  const cell = (/** @type {number} */ i) => (ys[i] >> 8) * CELLS + (xs[i] >> 8);
  for (let i = 0; i < n; i++) start[cell(i) + 1]++;
  for (let c = 0; c < CELLS * CELLS; c++) start[c + 1] += start[c];
  const next = start.slice();
  for (let i = 0; i < n; i++) order[next[cell(i)]++] = i;
  return {
    /** The point nearest to (x, y) within `reach`, or -1. @param {number} x @param {number} y @param {number} reach */
    nearest(x, y, reach) {
      let best = -1, least = reach * reach;
      const cellAt = (/** @type {number} */ v) => clamp(v >> 8, 0, CELLS - 1);
      for (let row = cellAt(y - reach); row <= cellAt(y + reach); row++) {
        for (let c = row * CELLS + cellAt(x - reach); c <= row * CELLS + cellAt(x + reach); c++) {
          for (let j = start[c]; j < start[c + 1]; j++) {
            const i = order[j], d = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
            if (d < least) { least = d; best = i; }
          }
        }
      }
      return best;
    } };
}

/** @typedef {{hover: (point: number) => void, pick: (point: number) => void, lasso: (points: number[]) => void,
 *   name: (cluster: number) => string, say: (words: string) => void, open: (cluster: number) => void, tool: () => string}} MapHooks */

/**
 * @param {MapData} map
 * @param {Space} space whose clusters it shows
 * @param {MapHooks} hooks
 * @param {string} id
 */
export function scatter(map, space, hooks, id) {
  const { x: xs, y: ys, rows } = map, n = xs.length;
  const itemOf = (/** @type {number} */ p) => (rows ? rows[p] : p);
  const clusterOf = new Uint32Array(n), sums = Array.from({ length: space.k }, () => [0, 0, 0]);
  for (let p = 0; p < n; p++) {
    const c = clusterOf[p] = space.of[itemOf(p)];
    sums[c][0] += xs[p]; sums[c][1] += ys[p]; sums[c][2]++;
  }
  // A name stands on the clip nearest to its cluster's middle: the middle itself may be empty.
  const centres = /** @type {(number[]|null)[]} */ (sums.map(() => null)), least = sums.map(() => Infinity);
  clusterOf.forEach((c, p) => {
    const [sx, sy, m] = sums[c], far = (xs[p] - sx / m) ** 2 + (ys[p] - sy / m) ** 2;
    if (far < least[c]) { least[c] = far; centres[c] = [xs[p], ys[p], m]; }
  });
  const grid = hitGrid(xs, ys);
  const base = h("canvas", { "aria-hidden": "true" });
  const top = h("canvas", { tabindex: 0, role: "application", "aria-label": `Map of ${map.name} space, ${n} clips`, "aria-describedby": id });
  const node = h("div", { class: `map ${map.modality}` }, base, top);
  const view = { scale: 1, x: 0, y: 0, wide: 0, high: 0, dots: 1, cursor: -1 };
  /** @type {Uint32Array} */
  let colours = new Uint32Array(n);
  /** @type {number[]} */
  let lifted = []; // points that are drawn over all others
  let hovered = -1, ink = "#000", paper = "#fff";
  /** @type {[number, number][]} */
  let path = [];

  const side = () => Math.min(view.wide, view.high) - 24 * view.dots;
  const toScreen = (/** @type {number} */ x, /** @type {number} */ y) => {
    const s = (side() * view.scale) / FULL;
    return [(x - FULL / 2) * s + view.wide / 2 + view.x, (y - FULL / 2) * s + view.high / 2 + view.y];
  };
  const toData = (/** @type {number} */ px, /** @type {number} */ py) => {
    const s = (side() * view.scale) / FULL;
    return [(px - view.wide / 2 - view.x) / s + FULL / 2, (py - view.high / 2 - view.y) / s + FULL / 2];
  };

  function drawPoints() {
    const { wide, high } = view, context = base.getContext("2d");
    if (!wide || !context) return;
    const image = context.createImageData(wide, high), pixels = new Uint32Array(image.data.buffer);
    const s = (side() * view.scale) / FULL, ox = wide / 2 + view.x - (FULL / 2) * s, oy = high / 2 + view.y - (FULL / 2) * s;
    const size = Math.max(1, Math.round(view.dots * Math.min(7, (n > 50000 ? 1.2 : n > 5000 ? 2 : 5) * Math.sqrt(view.scale))));
    const half = size >> 1;
    // A disk, row by row: how far in from the left each row of it begins.
    const insets = Array.from({ length: size }, (_, dy) => Math.round(size / 2 - Math.sqrt(size * size / 4 - (dy + 0.5 - size / 2) ** 2)));
    const dot = (/** @type {number} */ p) => {
      const left = (xs[p] * s + ox - half) | 0, up = (ys[p] * s + oy - half) | 0, colour = colours[p];
      if (!colour || left < 0 || up < 0 || left + size >= wide || up + size >= high) return;
      for (let dy = 0; dy < size; dy++) {
        const from = (up + dy) * wide + left;
        for (let dx = insets[dy]; dx < size - insets[dy]; dx++) pixels[from + dx] = colour;
      }
    };
    for (let p = 0; p < n; p++) dot(p);
    for (const p of lifted) dot(p);
    context.putImageData(image, 0, 0);
    drawNames(context);
  }

  function drawNames(/** @type {CanvasRenderingContext2D} */ context) {
    const size = 11.5 * view.dots, taken = /** @type {number[][]} */ ([]), said = /** @type {[string, number, number][]} */ ([]);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.lineJoin = "round";
    const order = [...centres.keys()].filter((i) => centres[i]).sort((a, b) => /** @type {number[]} */ (centres[b])[2] - /** @type {number[]} */ (centres[a])[2]);
    if (view.cursor >= 0) order.unshift(view.cursor);
    for (const i of order.slice(0, 400)) {
      const words = hooks.name(i).slice(0, 28);
      const [at, low] = toScreen(/** @type {number[]} */ (centres[i])[0], /** @type {number[]} */ (centres[i])[1]);
      if (at < 0 || at > view.wide || low < 0 || low > view.high) continue;
      if (said.some(([other, x, y]) => other === words && Math.hypot(x - at, y - low) < view.wide / 6)) continue; // several clusters of one name
      const half = context.measureText(words).width / 2 + 10 * view.dots, x = clamp(at, half, view.wide - half);
      const boxAt = (/** @type {number} */ base) => [x - half, base - 1.6 * size, x + half, base + 1.1 * size];
      const isFree = (/** @type {number[]} */ [left, up, right, down]) => up >= 0 && down <= view.high
        && !taken.some((t) => left < t[2] && right > t[0] && up < t[3] && down > t[1]);
      const y = [low - size, low + 2 * size].find((base) => isFree(boxAt(base))); // above its points, or below them
      if (y === undefined) continue;
      taken.push(boxAt(y));
      said.push([words, at, low]);
      if (taken.length > NAMES * view.scale) break;
      context.strokeStyle = paper;
      context.lineWidth = 4 * view.dots;
      context.strokeText(words, x, y);
      context.fillStyle = ink;
      context.fillText(words, x, y);
    }
  }

  function drawTop() {
    const context = top.getContext("2d");
    if (!context || !view.wide) return;
    context.clearRect(0, 0, view.wide, view.high);
    context.strokeStyle = ink;
    context.lineWidth = 2 * view.dots;
    if (hovered >= 0) ring(context, toScreen(xs[hovered], ys[hovered]), 7);
    const centre = view.cursor >= 0 && document.activeElement === top ? centres[view.cursor] : null;
    if (centre) ring(context, toScreen(centre[0], centre[1]), 16);
    if (path.length > 1) {
      context.setLineDash([4 * view.dots, 4 * view.dots]);
      context.beginPath();
      path.forEach(([x, y]) => context.lineTo(x, y));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
  }

  function ring(/** @type {CanvasRenderingContext2D} */ context, /** @type {number[]} */ [x, y], /** @type {number} */ radius) {
    context.beginPath();
    context.arc(x, y, radius * view.dots, 0, 7);
    context.stroke();
  }

  const draw = () => { drawPoints(); drawTop(); };
  function fit() {
    view.dots = Math.min(2, devicePixelRatio || 1);
    view.wide = base.width = top.width = Math.round(node.clientWidth * view.dots);
    view.high = base.height = top.height = Math.round(node.clientHeight * view.dots);
    const style = getComputedStyle(node);
    ink = style.color;
    paper = style.backgroundColor;
    draw();
  }
  function zoom(/** @type {number} */ by, px = view.wide / 2, py = view.high / 2) {
    const [x, y] = toData(px, py);
    view.scale = clamp(view.scale * by, 1, 60);
    if (view.scale === 1) view.x = view.y = 0;
    else {
      const [sx, sy] = toScreen(x, y);
      view.x += px - sx;
      view.y += py - sy;
    }
    draw();
  }
  const at = (/** @type {PointerEvent|WheelEvent} */ event) => {
    const box = top.getBoundingClientRect();
    return /** @type {[number, number]} */ ([((event.clientX - box.left) * view.wide) / box.width, ((event.clientY - box.top) * view.high) / box.height]);
  };
  const pointAt = (/** @type {[number, number]} */ [px, py]) => {
    const [x, y] = toData(px, py);
    return grid.nearest(x, y, (10 * view.dots * FULL) / (side() * view.scale));
  };

  on(top, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== top) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, ...at(event));
  }, { passive: false });
  on(top, "pointerdown", (event) => {
    top.setPointerCapture(event.pointerId);
    path = [at(event)];
  });
  on(top, "pointermove", (event) => {
    const here = at(event);
    if (!path.length) { hooks.hover(pointAt(here)); return; }
    const last = path[path.length - 1];
    if (hooks.tool() === "pan") {
      view.x += here[0] - last[0];
      view.y += here[1] - last[1];
      path = [path[0], here];
      drawPoints();
    } else if (Math.hypot(here[0] - last[0], here[1] - last[1]) > 3 * view.dots) path.push(here);
    drawTop();
  });
  on(top, "pointerup", (event) => {
    const drawn = path, here = at(event), moved = drawn.length && Math.hypot(here[0] - drawn[0][0], here[1] - drawn[0][1]);
    path = [];
    if (hooks.tool() === "lasso" && drawn.length > 3) hooks.lasso(inside(drawn));
    else if (drawn.length && moved < 4 * view.dots) { const point = pointAt(drawn[0]); if (point >= 0) hooks.pick(point); }
    drawTop();
  });
  on(top, "pointercancel", () => { path = []; drawTop(); });
  on(top, "pointerleave", () => { if (!path.length) hooks.hover(-1); });
  on(top, "focus", drawTop);
  on(top, "blur", drawTop);
  on(top, "keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) step(move);
    else if (event.key === "+" || event.key === "=") zoom(1.5, ...cursorPlace());
    else if (event.key === "-") zoom(1 / 1.5, ...cursorPlace());
    else if (event.key === "Enter" && view.cursor >= 0) hooks.open(view.cursor);
    else if (event.key === " " && view.cursor >= 0) hooks.lasso([...clusterOf.keys()].filter((p) => clusterOf[p] === view.cursor));
    else return;
    event.preventDefault();
  });
  function cursorPlace() {
    const centre = view.cursor >= 0 ? centres[view.cursor] : null;
    return /** @type {[number, number]} */ (centre ? toScreen(centre[0], centre[1]) : [view.wide / 2, view.high / 2]);
  }
  /** To the cluster that lies next in a direction. @param {number[]} direction */
  function step([dx, dy]) {
    const here = view.cursor >= 0 ? centres[view.cursor] : null;
    let best = -1, least = Infinity;
    centres.forEach((centre, i) => {
      if (!centre || i === view.cursor) return;
      const x = centre[0] - (here ? here[0] : FULL / 2), y = centre[1] - (here ? here[1] : FULL / 2), along = x * dx + y * dy;
      const cost = along + 2 * Math.abs(x * dy - y * dx);
      if (along > 0 && cost < least) { least = cost; best = i; }
    });
    if (best < 0) { hooks.say("No cluster further that way."); return; }
    view.cursor = best;
    const [px, py] = cursorPlace();
    view.x -= Math.max(0, px - view.wide + 40) + Math.min(0, px - 40);
    view.y -= Math.max(0, py - view.high + 40) + Math.min(0, py - 40);
    draw();
    hooks.say(`Cluster ${best}, ${hooks.name(best)}, ${space.members(best).length} clips. Enter opens it, space selects its clips.`);
  }
  /** @param {[number, number][]} screen */
  function inside(screen) {
    const polygon = screen.map(([x, y]) => toData(x, y)), points = [];
    for (let p = 0; p < n; p++) {
      let odd = false;
      for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
        const [ax, ay] = polygon[i], [bx, by] = polygon[j];
        if (ay > ys[p] !== by > ys[p] && xs[p] < ((bx - ax) * (ys[p] - ay)) / (by - ay) + ax) odd = !odd;
      }
      if (odd) points.push(p);
    }
    return points;
  }

  const watcher = new ResizeObserver(fit);
  watcher.observe(node);
  return { node, zoom, centres,
    /** Colours in ABGR, 0 hides a point. @param {(item: number, cluster: number) => number} colour @param {Set<number>|null} over items drawn last */
    paint(colour, over) {
      colours = new Uint32Array(n);
      lifted = [];
      for (let p = 0; p < n; p++) {
        colours[p] = colour(itemOf(p), clusterOf[p]);
        if (over?.has(itemOf(p))) lifted.push(p);
      }
      draw();
    },
    /** @param {number} point */
    hover(point) { if (point !== hovered) { hovered = point; drawTop(); } },
    /** The point of an item, or -1. @param {number} item */
    pointOf(item) { return rows ? rows.indexOf(item) : item; },
    stop: () => watcher.disconnect() };
}
