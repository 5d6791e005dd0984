// @ts-check
// Names of clusters that are no labels: a rater's, and words that the names of its files share; each says whose it is.
/** @import {App} from "./app.js" */
/** @import {Space} from "./data.js" */
/** @import {Cluster} from "./types.js" */
import { h, said } from "./dom.js";
import { loadRatings, nameCluster } from "./rate.js";

/** What a rater called it in this browser. @param {App} app @param {Space} space @param {Cluster} cluster */
const ratedName = (app, space, cluster) => loadRatings(app).ratings.find((row) => row.clustering === space.name && row.cluster === cluster.id)?.name || "";

/** A name where there are no labels, and whose it is; null where nobody gave one, and while one rates.
 * @param {App} app @param {Space} space @param {Cluster} cluster @returns {{text: string, from: string}|null} */
export function givenName(app, space, cluster) {
  if (app.mode.blind || app.data.hasLabels) return null;
  const rated = ratedName(app, space, cluster);
  if (rated) return { text: rated, from: "a rater's name" };
  return cluster.words?.length ? { text: cluster.words.join(" "), from: "name from file names" } : null;
}

/** Where a cluster that one looks at is given a name. @param {App} app @param {Space} space @param {Cluster} cluster */
export function nameField(app, space, cluster) {
  if (app.mode.blind) return null;
  return h("input.own", { type: "text", value: ratedName(app, space, cluster), maxlength: 500, autocomplete: "off", placeholder: "a name of your own", "aria-label": "A name of your own for this cluster",
    onchange: (/** @type {Event} */ event) => {
      const name = /** @type {HTMLInputElement} */ (event.target).value.trim();
      nameCluster(app, space.name, cluster.id, name);
      app.refresh();
      app.say(name ? `Named ${name}; Rate exports it with the ratings.` : "It has no name of yours any more.", true);
    } });
}

/** All such names of one cluster, on its page. @param {App} app @param {Space} space @param {Cluster} cluster */
export function namesLine(app, space, cluster) {
  if (app.mode.blind) return null;
  const rated = ratedName(app, space, cluster), words = cluster.words || [];
  if (!rated && !words.length) return null;
  return h("p.fine", rated ? ["A rater's name: ", said(rated), ". "] : null,
    words.length ? ["Name from file names: ", said(words.join(", ")), ", words that they share more than other clips'."] : null);
}
