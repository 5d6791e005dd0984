// @ts-check
// The payload, unpacked: columns of items, and what follows from them (who shares what with whom).
/** @import {Payload, Packed, SpaceJson} from "./types.js" */

const ARRAYS = { int8: Int8Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int16: Int16Array, int32: Int32Array, float32: Float32Array };

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function bytes(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

/** @param {Packed} packed */
export const unpack = (packed) => new ARRAYS[packed.dtype](bytes(packed.data).buffer);

/** Texts that were joined by NUL and packed. @param {string} packed */
async function texts(packed) {
  const stream = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).text()).split("\0");
}

/** Small vectors, and how long each is. @param {NonNullable<Payload["prints"]>[0]} json @param {number} items */
function readPrints(json, items) {
  const { dim } = json;
  /** @type {{vectors: ArrayLike<number>, lengths: Float32Array}|null} */
  let made = null;
  const make = () => {
    if (made) return made;
    const vectors = unpack(json.data), lengths = new Float32Array(items);
    for (let item = 0; item < items; item++) for (let d = 0; d < dim; d++) lengths[item] += vectors[item * dim + d] ** 2;
    return (made = { vectors, lengths: lengths.map(Math.sqrt) });
  };
  return { name: json.name, modality: json.modality, dim, get vectors() { return make().vectors; }, get lengths() { return make().lengths; } };
}

/** @typedef {ReturnType<typeof readSpace>} Space */
/** @typedef {ReturnType<typeof readPayload>} Data */
/** @typedef {Data["maps"][0]} MapData */

/** @param {SpaceJson} json @param {number} items */
function readSpace(json, items) {
  const of = unpack(json.assignment), distance = unpack(json.distance);
  const start = new Uint32Array(json.k + 1), rows = new Uint32Array(items);
  for (const id of of) start[id + 1]++;
  for (let id = 0; id < json.k; id++) start[id + 1] += start[id];
  const next = start.slice();
  of.forEach((id, item) => { rows[next[id]++] = item; });
  const byId = new Map(json.clusters.map((cluster) => [cluster.id, cluster]));
  return { ...json, of, distance, byId, title: json.name.replace(/_/g, " "),
    /** @param {number} id */
    members: (id) => rows.subarray(start[id], start[id + 1]) };
}

/** @param {Payload} payload */
export function readPayload(payload) {
  if (payload.format !== "xdc-lab-explorer" || payload.version !== 1) {
    throw new Error(`This explorer reads xdc-lab-explorer version 1, not ${payload.format} version ${payload.version}.`);
  }
  const { count } = payload.items;
  const label = unpack(payload.items.label), { several } = payload.items;
  const firsts = several && unpack(several.starts), codes = several && unpack(several.codes);
  /** All labels of a clip. @param {number} item @returns {ArrayLike<number>} */
  const labelsOf = (item) => (firsts && codes ? codes.subarray(firsts[item], firsts[item + 1]) : label[item] >= 0 ? [label[item]] : []);
  const spaces = payload.clusterings.map((json) => readSpace(json, count));
  const maps = payload.maps.map((json) => ({ ...json, x: unpack(json.x), y: unpack(json.y), rows: json.rows && unpack(json.rows) }));
  const named = payload.items.named ? unpack(payload.items.named) : null;
  const names = new Map(payload.items.names.map((name, i) => [named ? named[i] : i, name]));
  const starts = payload.items.starts ? unpack(payload.items.starts) : null, ends = payload.items.ends ? unpack(payload.items.ends) : null;
  const prints = payload.prints?.map((json) => readPrints(json, count));
  /** @type {Promise<string[]>|null} */
  let all = null;
  return { ...payload, count, label, spaces, maps, prints, starts, ends, hasLabels: payload.labels.length > 0,
    /** @param {string} key */
    space: (key) => spaces.find((space) => space.key === key),
    /** @param {Space} space */
    others: (space) => spaces.filter((other) => other !== space),
    /** @param {number} item */
    name: (item) => (names.get(item) || `clip ${item}`) + (starts && !Number.isNaN(starts[item]) ? ` from ${Number(starts[item].toPrecision(6))} s` : ""),
    /** The names of all clips; a large collection's are unpacked when they are first asked for. */
    paths: () => (all ||= payload.items.paths ? texts(payload.items.paths).then((found) => { found.forEach((name, i) => names.set(i, name)); return found; })
      : Promise.resolve(payload.items.names)),
    /** @param {number} item */
    labelOf: (item) => Array.from(labelsOf(item), (code) => payload.labels[code]).join("; "), labelsOf };
}

/** Whether clusters and clips may be called by their labels.
 * @param {{data: {hasLabels: boolean}, mode: {blind: boolean}}} app */
export const named = (app) => app.data.hasLabels && !app.mode.blind;

/** The clusters of `other` that share items with `items`, most shared first.
 * @param {ArrayLike<number>} items @param {{of: ArrayLike<number>, k: number}} other @returns {[number, number][]} */
export function spread(items, other) {
  const counts = new Uint32Array(other.k);
  for (let i = 0; i < items.length; i++) counts[other.of[items[i]]]++;
  /** @type {[number, number][]} */
  const pairs = Array.from(counts, (n, id) => [id, n]);
  return pairs.filter((pair) => pair[1]).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Items that lie in both clusters, nearest to both centroids first.
 * @param {Space} one @param {number} id @param {Space} two @param {number} other */
export function shared(one, id, two, other) {
  const scale = (/** @type {Space} */ s, /** @type {number} */ c) => s.byId.get(c)?.distance || 1;
  const a = scale(one, id), b = scale(two, other);
  const near = (/** @type {number} */ i) => one.distance[i] / a + two.distance[i] / b;
  return Array.from(one.members(id)).filter((i) => two.of[i] === other).sort((i, j) => near(i) - near(j));
}

/** Counts of every (row cluster, column cluster). @param {Space} rows @param {Space} columns */
export function crossing(rows, columns) {
  const counts = new Uint32Array(rows.k * columns.k);
  for (let i = 0; i < rows.of.length; i++) counts[rows.of[i] * columns.k + columns.of[i]]++;
  return counts;
}

/** Items with a label. @param {Data} data @param {number} label */
export function labelled(data, label) {
  const items = [];
  for (let i = 0; i < data.count; i++) if (Array.prototype.includes.call(data.labelsOf(i), label)) items.push(i);
  return items;
}
