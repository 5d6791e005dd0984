// @ts-check
// Two grids over a map: which clip lies next to a pointer, and where there is room for a name.
import { clamp } from "./dom.js";

export const FULL = 65535;
const CELLS = 256;

/** Points by the cell that they lie in. @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys */
export function hitGrid(xs, ys) {
  const n = xs.length, start = new Uint32Array(CELLS * CELLS + 1), order = new Uint32Array(n);
  const cell = (/** @type {number} */ i) => (ys[i] >> 8) * CELLS + (xs[i] >> 8);
  for (let i = 0; i < n; i++) start[cell(i) + 1]++;
  for (let c = 0; c < CELLS * CELLS; c++) start[c + 1] += start[c];
  const next = start.slice();
  for (let i = 0; i < n; i++) order[next[cell(i)]++] = i;
  return {
    /** The point nearest to (x, y) within a reach along each axis, or -1. @param {number} x @param {number} y @param {number} wide @param {number} high */
    nearest(x, y, wide, high) {
      let best = -1, least = 1;
      const cellAt = (/** @type {number} */ v) => clamp(v >> 8, 0, CELLS - 1);
      for (let row = cellAt(y - high); row <= cellAt(y + high); row++) {
        for (let c = row * CELLS + cellAt(x - wide); c <= row * CELLS + cellAt(x + wide); c++) {
          for (let j = start[c]; j < start[c + 1]; j++) {
            const i = order[j], d = ((xs[i] - x) / wide) ** 2 + ((ys[i] - y) / high) ** 2;
            if (d < least) { least = d; best = i; }
          }
        }
      }
      return best;
    } };
}

/** @typedef {ReturnType<typeof freeGround>} Ground */

/** Which squares of a map have points or names on them. @param {number} wide @param {number} high @param {number} square px */
export function freeGround(wide, high, square) {
  const columns = Math.ceil(wide / square), lines = Math.ceil(high / square), taken = new Uint8Array(columns * lines);
  const over = (/** @type {number[]} */ [left, up, across, tall], /** @type {(cell: number) => boolean} */ each) => {
    for (let row = Math.floor(up / square); row <= Math.min(lines - 1, (up + tall) / square); row++) {
      for (let column = Math.floor(left / square); column <= Math.min(columns - 1, (left + across) / square); column++) if (each(row * columns + column)) return true;
    }
    return false;
  };
  return {
    /** @param {number} x @param {number} y */
    mark(x, y) { taken[Math.floor(y / square) * columns + Math.floor(x / square)] = 1; },
    take: (/** @type {number[]} */ box) => { over(box, (cell) => { taken[cell] = 1; return false; }); },
    share: () => taken.reduce((sum, one) => sum + one, 0) / Math.max(1, taken.length),
    /** The nearest free box of a size beside a point, as [left, up, across, tall], or null.
     * @param {number} x @param {number} y @param {number} across @param {number} tall @param {number} dots */
    beside(x, y, across, tall, dots) {
      for (const far of [10, 18, 28, 40, 56, 76]) {
        for (const [dx, dy] of [[0, -1], [0, 1], [1, 0], [-1, 0], [0.7, -0.7], [-0.7, -0.7], [0.7, 0.7], [-0.7, 0.7]]) {
          const box = [x + dx * (far * dots + across / 2) - across / 2, y + dy * (far * dots + tall / 2) - tall / 2, across, tall];
          if (box[0] >= 0 && box[1] >= 0 && box[0] + across <= wide && box[1] + tall <= high && !over(box, (cell) => taken[cell] > 0)) return box;
        }
      }
      return null;
    } };
}
