// @ts-check
// One clip: a filmstrip to scrub, its sound, the log-mel that the audio encoder heard, one sound at a time.
/** @import {ClipMedia} from "./types.js" */
/** @import {App} from "./app.js" */
/** @import {Space} from "./data.js" */
import { h, on, said, share, to } from "./dom.js";
import { likeRows } from "./search.js";
import { keepBar } from "./selections.js";

/** What a player stands on: an explorer, or the few parts of one that it needs.
 * @typedef {{mode: {picture: boolean, sound: boolean}, still: boolean, host: Pick<App["host"], "media">, say: App["say"]}} Stage */

/** @type {(() => void)|null} */
let stopPlaying = null;

/** Stops what sounds here. */
export function silence() {
  if (stopPlaying) stopPlaying();
  stopPlaying = null;
}

// Each widget of a notebook has its own copy of this module: a clip that begins in one is heard of in all.
const BEGINS = "xdc-clip-begins";
document.addEventListener(BEGINS, silence);

/** The words for a clip that the reader may know. @param {App} app @param {number} item */
export function titleOf(app, item) {
  if (app.mode.blind) return `clip ${item}`;
  return app.data.labelOf(item) || app.data.name(item);
}

/** Number and rank of a cluster, both named. @param {Space} space @param {number} id */
export const numbers = (space, id) => `#${id}, rank ${space.byId.get(id)?.rank ?? "–"} of ${space.k}`;

/** A link to a cluster. @param {Space} space @param {number} id */
export const tie = (space, id) => h("a", { href: `#${space.key}/${id}`, class: `tie ${space.modality}`, title: numbers(space, id) }, `${space.title} #${id}`);

/** A small picture of a clip that leads somewhere, or does something. @param {App} app @param {number} item @param {string|(() => void)} act */
export function thumb(app, item, act) {
  const link = typeof act === "string", node = h(link ? "a" : "button", { href: link ? `#${act}` : null, onclick: link ? null : act, class: "thumb", "aria-label": titleOf(app, item) });
  app.host.media(item).then((media) => { if (media.strip && app.mode.picture) showFrames(node, media); }, () => undefined);
  return node;
}

/** The clip that a link asks for, or -1. @param {URLSearchParams} query */
export const clipIn = (query) => Number(query.get("clip") ?? -1);

/** A film and its spectrogram; `dress` fills them when the media have come.
 * @param {Stage} app @param {number} item @param {string} what @param {boolean} [atOnce] it begins to play */
export function player(app, item, what, atOnce = false) {
  const frames = h("span.frames");
  const film = h("button.film", { "aria-label": `Play ${what}` }, frames);
  const mel = h("div.mel", h("i.ink"), h("i.head"));
  const windows = h("div.windows", { "aria-hidden": "true" }, h("i.heard"), h("i.seen"));
  const note = h("p.note");
  const box = h("div.player", film, mel, windows, note);
  app.host.media(item).catch((error) => ({ note: String(error.message || error) })).then((media) => {
    dress(app, { box, film, frames, mel, windows, note }, media, what);
    if (atOnce && box.isConnected) film.click();
  });
  return box;
}

/** @typedef {{box: HTMLElement, film: HTMLButtonElement, frames: HTMLElement, mel: HTMLElement, windows: HTMLElement, note: HTMLElement}} Parts */

/** @param {Stage} app @param {Parts} parts @param {ClipMedia} media @param {string} what */
function dress(app, parts, media, what) {
  const { box, film, frames, mel, windows, note } = parts, { picture, sound } = app.mode;
  if (media.strip && picture) {
    scrub(film, showFrames(frames, media), media.frames || 1);
    film.style.aspectRatio = String(media.aspect || 4 / 3);
  } else {
    film.classList.add("blank");
    frames.append(h("span.why", picture ? media.note || "no picture" : "picture off"));
  }
  box.classList.toggle("mute", !sound);
  if (media.mel && sound) {
    /** @type {HTMLElement} */ (mel.firstChild).style.maskImage = `url("${media.mel}")`;
    mel.setAttribute("role", "img");
    mel.setAttribute("aria-label", `Log-mel spectrogram of ${what}`);
  } else mel.classList.add("none");
  const length = media.seconds || 2;
  for (const [span, node] of /** @type {[[number, number]|undefined, HTMLElement][]} */ (
    [[media.heard, windows.firstChild], [media.seen, windows.lastChild]])) {
    if (!span) node.remove();
    else node.style.inset = `auto ${100 - (100 * span[1]) / length}% auto ${(100 * span[0]) / length}%`;
  }
  if (media.note && media.strip) note.append(media.note);
  const playable = sound ? media.sounds : picture && media.moves;
  if (!playable) {
    film.setAttribute("aria-disabled", "true");
    film.setAttribute("aria-label", `${what}: ${picture && media.strip ? "still frames" : media.note || "nothing to play"}`);
    box.classList.add("still");
  }
  on(film, "click", () => { if (playable) play(app, parts, media); });
}

/** A filmstrip as a background, one frame of it at a time. @param {HTMLElement} node @param {ClipMedia} media
 * @returns {(at: number) => number} shows a frame */
export function showFrames(node, { strip, frames = 1, aspect = 4 / 3 }) {
  const show = (/** @type {number} */ i) => {
    const at = Math.max(0, Math.min(frames - 1, i));
    node.style.backgroundPositionX = `${(100 * at) / Math.max(1, frames - 1)}%`;
    return at;
  };
  node.style.backgroundImage = `url("${strip}")`;
  node.style.backgroundSize = `${100 * frames}% 100%`;
  node.style.aspectRatio = String(aspect);
  show(frames >> 1);
  return show;
}

/** Frames follow the pointer, and the arrow keys. @param {HTMLElement} film @param {(at: number) => number} show @param {number} n */
function scrub(film, show, n) {
  let at = n >> 1;
  on(film, "pointermove", (event) => {
    const box = film.getBoundingClientRect();
    at = show(Math.floor(((event.clientX - box.left) / box.width) * n));
  });
  on(film, "pointerleave", () => { at = show(n >> 1); });
  film.addEventListener("frame", (event) => show(Math.floor(/** @type {CustomEvent} */ (event).detail * n)));
  on(film, "keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { at = show(at + step); event.preventDefault(); }
  });
}

/** @param {Stage} app @param {Parts} parts @param {ClipMedia} media */
function play(app, { box, film }, media) {
  const again = box.classList.contains("playing");
  document.dispatchEvent(new CustomEvent(BEGINS));
  if (again) return;
  const seen = media.moves && app.mode.picture;
  const tune = document.createElement(seen ? "video" : "audio");
  tune.src = media.play?.() || "";
  tune.muted = !app.mode.sound;
  tune.setAttribute("playsinline", "");
  tune.tabIndex = -1;
  if (seen) film.append(tune);
  box.classList.add("playing");
  film.setAttribute("aria-pressed", "true");
  let ticking = 0;
  const tick = () => {
    const at = tune.currentTime / (tune.duration || media.seconds || 2);
    box.style.setProperty("--at", String(Math.min(1, at)));
    if (!seen) film.dispatchEvent(new CustomEvent("frame", { detail: at }));
    if (!app.still) ticking = requestAnimationFrame(tick);
  };
  if (app.still) on(tune, "timeupdate", tick);
  else ticking = requestAnimationFrame(tick);
  const stop = () => {
    cancelAnimationFrame(ticking);
    tune.pause();
    tune.remove();
    box.classList.remove("playing");
    film.removeAttribute("aria-pressed");
    if (stopPlaying === stop) stopPlaying = null;
  };
  stopPlaying = stop;
  on(tune, "ended", stop);
  on(tune, "error", () => { stop(); app.say("This browser cannot play it."); });
  tune.play().catch((error) => { if (error.name !== "AbortError") { stop(); app.say(`Not played: ${error.message}`); } });
}

/** A clip in a grid.
 * @param {App} app @param {number} item
 * @param {{order: number, of: number, space?: Space, link: string|null, spaces: Space[]}} place a link of null keeps the reader here */
export function clipCard(app, item, { order, of, space, link, spaces }) {
  const title = titleOf(app, item), what = `clip ${order} of ${of}${app.mode.blind ? "" : `, ${title}`}`;
  return h("article.clip", { "data-item": item },
    player(app, item, what),
    h("p.what", h("span.order", order),
      link === null ? said(title) : to(link, said(title))),
    link === null ? null : h("p.fine", space ? h("span", `${space.distance[item].toFixed(3)} away`) : null,
      spaces.map((other) => tie(other, other.of[item]))));
}

/** One clip, large, with all that is known of it. @param {App} app @param {number} item @param {string} back */
export function clipPanel(app, item, back) {
  const { data } = app, title = titleOf(app, item);
  const place = (/** @type {Space} */ space) => {
    const distance = space.distance[item], members = space.members(space.of[item]);
    let nearer = 0;
    for (const other of members) if (space.distance[other] < distance) nearer++;
    return `${share(distance)} from the centroid, number ${nearer + 1} of ${members.length}`;
  };
  return h("section.panel", { "aria-label": `Clip ${title}` },
    player(app, item, title),
    h("div",
      h("h3", { tabindex: -1 }, said(title)),
      h("dl",
        app.mode.blind ? null : [h("dt", "File"), h("dd", said(data.name(item)))],
        data.spaces.map((space) => [h("dt", tie(space, space.of[item])), h("dd", place(space))]),
        h("dt", "Windows"), h("dd",
          h("span.key.heard", "heard by the audio encoder"), " ",
          h("span.key.seen", "seen by the video encoder"))),
      keepBar(app, [item]), likeRows(app, item),
      h("p", to(back, "Close this clip"))));
}
