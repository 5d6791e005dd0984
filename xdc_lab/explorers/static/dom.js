// @ts-check
// Elements, numbers and words: text reaches the page through text nodes alone, never as HTML.

/** @typedef {Node|string|number|null|undefined|false} Kid */

/**
 * An element: "p.fine.big" is a tag with classes; props, if any, come before the kids.
 * @template {string} Spec
 * @template {string} [Tag=Spec extends `${infer T}.${string}` ? T : Spec]
 * @param {Spec} spec
 * @param {...(Record<string, any>|Kid|Kid[])} kids on* are listeners, --* are custom properties, the rest attributes
 * @returns {Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement}
 */
export function h(spec, ...kids) {
  const [tag, ...classes] = spec.split("."), node = document.createElement(tag), first = kids[0];
  if (classes.length) node.className = classes.join(" ");
  if (tag === "button") node.setAttribute("type", tag); // it never submits
  if (first && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first)) {
    kids.shift();
    for (const [name, value] of Object.entries(first)) {
      if (value == null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name.startsWith("--")) node.style.setProperty(name, String(value));
      else node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  fill(node, /** @type {(Kid|Kid[])[]} */ (kids));
  return /** @type {any} */ (node);
}

/** @param {Element} node @param {(Kid|Kid[])[]} kids */
export function fill(node, kids) {
  for (const kid of kids.flat(9)) {
    if (kid == null || kid === false) continue;
    node.append(kid instanceof Node ? kid : String(kid));
  }
}

/** The heading of a page, which takes the focus when the page opens. @param {...Kid} kids */
export const title = (...kids) => h("h1", { tabindex: -1 }, ...kids);

/** A link to another page of the explorer. @param {string} link @param {...(Kid|Kid[])} kids */
export const to = (link, ...kids) => h("a", { href: `#${link}` }, ...kids);

/** Marks the link that the reader is at. @param {Element} link @param {boolean} here */
export const mark = (link, here) => (here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current"));

/**
 * @template {keyof HTMLElementEventMap} Name
 * @param {EventTarget} node
 * @param {Name} name
 * @param {(event: HTMLElementEventMap[Name]) => void} hear
 * @param {AddEventListenerOptions} [options]
 */
export const on = (node, name, hear, options) => node.addEventListener(name, /** @type {EventListener} */ (hear), options);

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** @param {string} tag @param {Record<string, any>} props @param {...Kid} kids @returns {SVGElement} */
export function svg(tag, props, ...kids) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, String(value));
  fill(node, kids);
  return node;
}

/** Somebody's words: isolated, so that a right-to-left mark inside stays inside. @param {string} words */
export const said = (words) => h("bdi.said", words || "(no name)");

/** For headings: long names are whole on the page of their label. @param {string} words @param {number} [most] */
export const brief = (words, most = 70) => (words.length > most ? `${words.slice(0, most - 1)}…` : words);

/** @param {number|null|undefined} value */
export const share = (value) => (value == null ? "–" : value.toFixed(2));
/** @param {number} value */
export const percent = (value) => `${value > 0 && value < 0.01 ? "<1" : Math.round(100 * value)}%`;
/** @param {number} value */
export const count = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many || `${one}s`}`;
/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * @param {string} caption
 * @param {string[]} heads
 * @param {Kid[][]} rows
 */
export function table(caption, heads, rows) {
  return h("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    h("table", h("caption", caption),
      h("thead", h("tr", heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", rows.map((row) => h("tr", row.map((cell, i) =>
        i === 0 ? h("th", { scope: "row" }, cell) : h("td", cell)))))));
}

/** A group of radio buttons that looks like one switch.
 * @param {string} name @param {string} legend @param {[string, string][]} options @param {string} value
 * @param {(value: string) => void} change */
export function choice(name, legend, options, value, change) {
  return h("fieldset.choice", h("legend.away", legend),
    options.map(([key, words]) => h("label",
      h("input", { type: "radio", name, value: key, checked: key === value, onchange: () => change(key) }),
      h("span", words))));
}

/** @param {string} file @param {Blob} blob */
export function download(file, blob) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A button of few words, with its whole meaning for pointers and screen readers. @param {string} words @param {string} label @param {() => void} act */
export const button = (words, label, act) => h("button", { onclick: act, "aria-label": label, title: label }, words);

/** A button that shows one part of a page or the other. @param {string} words @param {HTMLElement} shown @param {HTMLElement} hidden */
export function exchange(words, shown, hidden) {
  const node = h("button", { "aria-pressed": "false", onclick: () => {
    [hidden.hidden, shown.hidden] = [shown.hidden, hidden.hidden];
    node.setAttribute("aria-pressed", String(shown.hidden));
  } }, words);
  return node;
}
