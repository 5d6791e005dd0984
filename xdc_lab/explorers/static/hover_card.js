// @ts-check
// What a pointer on a map brings up: frames of a clip, its name and its clusters.
/** @import {App} from "./app.js" */
import { clamp, h, said } from "./dom.js";
import { showFrames, titleOf } from "./clip.js";

/**
 * A clip under the pointer: four of its frames, its name, its clusters.
 * @param {App} app
 * @param {(item: number) => [string, string][]} clusters of a clip: a modality, and words
 */
export function hoverCard(app, clusters) {
  const frames = h("div.frames-row"), words = h("div"), node = h("div.hover-card", { hidden: true, "aria-hidden": "true" }, frames, words);
  let shown = -1, waiting = 0;
  return { node,
    /** @param {number} item or -1 @param {number} x of the pointer @param {number} y */
    show(item, x, y) {
      node.hidden = item < 0;
      if (item >= 0 && item !== shown) {
        frames.replaceChildren();
        words.replaceChildren(h("b", said(titleOf(app, item))), ...clusters(item).map(([modality, text]) => h("p", { class: modality }, text)));
        clearTimeout(waiting); // what a pointer only passes is not fetched
        waiting = setTimeout(async () => {
          const media = await app.host.media(item);
          if (shown !== item || !media.strip || !app.mode.picture) return;
          frames.replaceChildren(...[0, 1, 2, 3].map((i) => {
            const frame = h("i");
            showFrames(frame, media)(Math.round((i * ((media.frames || 1) - 1)) / 3));
            return frame;
          }));
        }, 60);
      }
      shown = item;
      if (item < 0) return;
      const around = /** @type {Element} */ (node.offsetParent).getBoundingClientRect(), wide = node.offsetWidth, high = 90 + 22 * (words.childElementCount - 1); // with frames
      const left = x - around.left, right = left + 18 + wide;
      node.style.left = `${clamp(right > around.width ? left - 18 - wide : left + 18, 4, around.width - wide - 4)}px`;
      node.style.top = `${clamp(y - around.top + 18, 4, around.height - high)}px`;
    } };
}
