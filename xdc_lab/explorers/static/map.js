// @ts-check
// One map: points into ImageData with names on them, a hit-test grid, zoom, and an overlay with hover and lasso.
/** @import {MapData, Space} from "./data.js" */
import { clamp, h, on, plural } from "./dom.js";
import { FULL, freeGround, hitGrid } from "./grids.js";
/** @import {Ground} from "./grids.js" */

const ROOM = 9000, WHITE = 0.3; // square pixels of a map for each name; a map with points on less of it has pictures, too

/** @typedef {{image: HTMLImageElement, from: number, across: number}} Frame a part of a filmstrip */
/** @typedef {{hover: (point: number, x: number, y: number) => void, pick: (point: number, plays: boolean) => void, lasso: (points: number[]) => void,
 *   name: (cluster: number) => string, picture?: (cluster: number, ready: () => void) => Frame|null, say: (words: string) => void,
 *   open: (cluster: number) => void, tool: () => string, wheel?: boolean}} MapHooks */

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
    if (far < least[c]) { least[c] = far; centres[c] = [xs[p], ys[p], m, p]; }
  });
  const grid = hitGrid(xs, ys);
  const base = h("canvas", { "aria-hidden": "true" });
  const top = h("canvas", { tabindex: 0, role: "application", "aria-label": `Map of ${map.name} space, ${plural(n, "clip")}`, "aria-describedby": id });
  const node = h("div", { class: `map ${map.modality}` }, base, top);
  const view = { scale: 1, x: 0, y: 0, wide: 0, high: 0, dots: 1, cursor: -1 };
  /** @type {Uint32Array} */
  let colours = new Uint32Array(n);
  /** @type {number[]} */
  let lifted = []; // points that are drawn over all others
  let hovered = -1, pinned = -1, ink = "#000", paper = "#fff";
  /** @type {[number, number][]} */
  let path = [];

  // A map fills its box: on a UMAP the two axes have no common measure.
  const stretch = () => [view.wide, view.high].map((long) => ((long - 24 * view.dots) * view.scale) / FULL);
  const toScreen = (/** @type {number} */ x, /** @type {number} */ y) => {
    const [sx, sy] = stretch();
    return [(x - FULL / 2) * sx + view.wide / 2 + view.x, (y - FULL / 2) * sy + view.high / 2 + view.y];
  };
  const toData = (/** @type {number} */ px, /** @type {number} */ py) => {
    const [sx, sy] = stretch();
    return [(px - view.wide / 2 - view.x) / sx + FULL / 2, (py - view.high / 2 - view.y) / sy + FULL / 2];
  };

  function drawPoints() {
    const { wide, high } = view, context = base.getContext("2d");
    if (!wide || !context) return;
    const image = context.createImageData(wide, high), pixels = new Uint32Array(image.data.buffer);
    const [sx, sy] = stretch(), [ox, oy] = toScreen(0, 0), ground = freeGround(wide, high, 5 * view.dots);
    const size = Math.max(1, Math.round(view.dots * Math.min(7, (n > 50000 ? 1.2 : n > 5000 ? 2 : 5) * Math.sqrt(view.scale))));
    const half = size >> 1;
    // A disk, row by row: how far in from the left each row of it begins.
    const insets = Array.from({ length: size }, (_, dy) => Math.round(size / 2 - Math.sqrt(size * size / 4 - (dy + 0.5 - size / 2) ** 2)));
    const dot = (/** @type {number} */ p) => {
      const left = (xs[p] * sx + ox - half) | 0, up = (ys[p] * sy + oy - half) | 0, colour = colours[p];
      if (!colour || left < 0 || up < 0 || left + size >= wide || up + size >= high) return;
      ground.mark(left + half, up + half);
      for (let dy = 0; dy < size; dy++) {
        const from = (up + dy) * wide + left;
        for (let dx = insets[dy]; dx < size - insets[dy]; dx++) pixels[from + dx] = colour;
      }
    };
    for (let p = 0; p < n; p++) dot(p);
    for (const p of lifted) dot(p);
    context.putImageData(image, 0, 0);
    drawNames(context, ground);
  }

  /** Names, and pictures where the map is mostly white, on free ground beside the clips nearest to their clusters' middles;
   * a name that finds no free ground near stays away. @param {CanvasRenderingContext2D} context @param {Ground} ground */
  function drawNames(context, ground) {
    const { dots, wide, high } = view, size = 11.5 * dots, said = /** @type {[string, number, number][]} */ ([]);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.lineJoin = "round";
    const order = [...centres.keys()].filter((i) => centres[i]).sort((a, b) => /** @type {number[]} */ (centres[b])[2] - /** @type {number[]} */ (centres[a])[2]);
    if (view.cursor >= 0) order.unshift(view.cursor);
    const pictures = ground.share() < WHITE ? [48 * dots, 36 * dots] : null;
    for (const i of order.slice(0, 400)) {
      if (said.length * ROOM * dots * dots > wide * high) break;
      const words = hooks.name(i).slice(0, 28), [at, low] = toScreen(/** @type {number[]} */ (centres[i])[0], /** @type {number[]} */ (centres[i])[1]);
      if (at < 0 || at > wide || low < 0 || low > high) continue;
      if (said.some(([other, x, y]) => other === words && Math.hypot(x - at, y - low) < wide / 6)) continue; // several clusters of one name
      const long = context.measureText(words).width + 8 * dots, picture = pictures && hooks.picture?.(i, draw);
      const place = (picture && pictures && ground.beside(at, low, Math.max(long, pictures[0]), pictures[1] + 1.5 * size, dots)) || ground.beside(at, low, long, 1.4 * size, dots);
      if (!place) continue;
      const [left, up, across, tall] = place, middle = left + across / 2;
      const half = low < up + tall - 1.5 * size ? (pictures ? pictures[0] : across) / 2 : across / 2, x = clamp(at, middle - half, middle + half), y = clamp(low, up, up + tall);
      if (Math.hypot(x - at, y - low) > 34 * dots) { // a name that stands apart says whose it is
        context.strokeStyle = ink;
        context.lineWidth = dots / 2;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(at, low);
        context.stroke();
      }
      ground.take(place);
      said.push([words, at, low]);
      if (picture && pictures && tall > pictures[1]) context.drawImage(picture.image, picture.from, 0, picture.across, picture.image.height, middle - pictures[0] / 2, up, pictures[0], pictures[1]);
      context.strokeStyle = paper;
      context.lineWidth = 4 * dots;
      context.strokeText(words, middle, up + tall - 0.4 * size);
      context.fillStyle = ink;
      context.fillText(words, middle, up + tall - 0.4 * size);
    }
  }

  function drawTop() {
    const context = top.getContext("2d");
    if (!context || !view.wide) return;
    context.clearRect(0, 0, view.wide, view.high);
    context.strokeStyle = ink;
    context.lineWidth = 2 * view.dots;
    for (const [point, radius] of [[hovered, 7], [pinned, 7], [pinned, 10]]) if (point >= 0) ring(context, toScreen(xs[point], ys[point]), radius);
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
  function resize() {
    view.dots = Math.min(2, devicePixelRatio || 1);
    view.wide = base.width = top.width = Math.round(node.clientWidth * view.dots);
    view.high = base.height = top.height = Math.round(node.clientHeight * view.dots);
    const style = getComputedStyle(node);
    ink = style.color;
    paper = style.backgroundColor;
    draw();
  }
  function whole() {
    Object.assign(view, { scale: 1, x: 0, y: 0 });
    draw();
  }
  /** Brings some items into view, or all. @param {Set<number>|null} items */
  function fit(items) {
    const low = [FULL, FULL], high = [0, 0];
    for (let p = 0; p < n; p++) {
      if (!items?.has(itemOf(p))) continue;
      for (const [axis, all] of [xs, ys].entries()) {
        low[axis] = Math.min(low[axis], all[p]);
        high[axis] = Math.max(high[axis], all[p]);
      }
    }
    if (low[0] > high[0]) { whole(); return; }
    view.scale = clamp(0.8 * FULL / Math.max(1, high[0] - low[0], high[1] - low[1]), 1, 12);
    view.x = view.y = 0;
    const [x, y] = toScreen((low[0] + high[0]) / 2, (low[1] + high[1]) / 2);
    view.x = view.wide / 2 - x;
    view.y = view.high / 2 - y;
    draw();
  }
  /** The clip nearest to the middle of what is in view: about it the map zooms, and so never leaves all clips. */
  function anchor() {
    const [px, py] = pinned >= 0 ? toScreen(xs[pinned], ys[pinned]) : [-1, -1];
    if (px >= 0 && py >= 0 && px <= view.wide && py <= view.high) return [px, py];
    const [x, y] = toData(view.wide / 2, view.high / 2);
    let best = 0, least = Infinity;
    for (let p = 0; p < n; p++) { const far = (xs[p] - x) ** 2 + (ys[p] - y) ** 2; if (far < least) { least = far; best = p; } }
    return n ? toScreen(xs[best], ys[best]) : [view.wide / 2, view.high / 2];
  }
  function zoom(/** @type {number} */ by, [px, py] = anchor()) {
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
    const [wide, high] = stretch().map((one) => (10 * view.dots) / one);
    return grid.nearest(x, y, wide, high);
  };

  on(top, "wheel", (event) => {
    if (!hooks.wheel && !event.ctrlKey && !event.metaKey && document.activeElement !== top) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, at(event));
  }, { passive: false });
  on(top, "pointerdown", (event) => {
    top.setPointerCapture(event.pointerId);
    path = [at(event)];
  });
  on(top, "pointermove", (event) => {
    const here = at(event);
    if (!path.length) { hooks.hover(pointAt(here), event.clientX, event.clientY); return; }
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
    else if (drawn.length && moved < 4 * view.dots) { const point = pointAt(drawn[0]); if (point >= 0) hooks.pick(point, true); }
    drawTop();
  });
  on(top, "pointercancel", () => { path = []; drawTop(); });
  on(top, "pointerleave", () => { if (!path.length) hooks.hover(-1, 0, 0); });
  on(top, "dblclick", whole);
  on(top, "focus", drawTop);
  on(top, "blur", drawTop);
  on(top, "keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) step(move);
    else if (event.key === "+" || event.key === "=") zoom(1.5, view.cursor >= 0 ? cursorPlace() : anchor());
    else if (event.key === "-") zoom(1 / 1.5, view.cursor >= 0 ? cursorPlace() : anchor());
    else if (event.key === "Enter" && view.cursor >= 0) hooks.open(view.cursor);
    else if (event.key === "s" && view.cursor >= 0) hooks.lasso([...clusterOf.keys()].filter((p) => clusterOf[p] === view.cursor));
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
    hooks.pick(/** @type {number[]} */ (centres[best])[3], false);
    hooks.say(`Cluster #${best}, ${hooks.name(best)}, ${plural(space.members(best).length, "clip")}. Enter opens it, S selects its clips, space plays the clip in its middle.`);
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

  const watcher = new ResizeObserver(resize);
  watcher.observe(node);
  return { node, zoom, fit, centres,
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
    /** The clip that stays marked. @param {number} point */
    pin(point) { pinned = point; drawTop(); },
    /** @param {number} point */
    hover(point) { if (point !== hovered) { hovered = point; drawTop(); } },
    /** The point of an item, or -1. @param {number} item */
    pointOf(item) { return rows ? rows.indexOf(item) : item; },
    stop: () => watcher.disconnect() };
}
