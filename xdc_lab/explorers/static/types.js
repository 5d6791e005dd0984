// @ts-check
// The payload as the renderer reads it; schema.py has the same in Python, with a sentence on each field.

/** @typedef {{dtype: "int8"|"uint8"|"uint16"|"uint32"|"int16"|"int32"|"float32", data: string}} Packed little-endian, base64 */

/**
 * @typedef {object} Cluster
 * @property {number} id
 * @property {number} rank 1 is the purest (the largest where there are no labels)
 * @property {number} size
 * @property {number|null} purity
 * @property {number|null} low
 * @property {number|null} high
 * @property {number|null} chance the purity that a random cluster of this size would have
 * @property {number|null} entropy
 * @property {number|null} distance
 * @property {number|null} agreement
 * @property {[number, number][]} concepts [index into labels, share]
 * @property {number[]} nearest
 * @property {number[]} farthest
 * @property {number[]} random
 * @property {string[]} [words] that names of its files share more than others do
 */

/**
 * @typedef {object} SpaceJson
 * @property {string} key
 * @property {string} name
 * @property {"audio"|"video"|"both"} modality
 * @property {number} k
 * @property {Record<string, number|null>} measures
 * @property {Cluster[]} clusters
 * @property {number[]} order ids as they stand in the matrix
 * @property {Packed} assignment
 * @property {Packed} distance
 */

/** @typedef {{name: string, modality: string, key: string, x: Packed, y: Packed, rows: Packed|null, note: string}} MapJson */

/**
 * @typedef {object} Story
 * @property {string} kind
 * @property {string} title
 * @property {string} text
 * @property {{key: string, id: number}[]} clusters
 * @property {number[]} items clips to look at first
 */

/** @typedef {{name: string, value: string, source: string, note: string}} SettingRow */

/**
 * @typedef {object} Comparison
 * @property {string} run
 * @property {string} method
 * @property {{name: string, modality: string, k: number, measures: Record<string, number|null>,
 *   assignment: Packed|null, concepts: [number, number][][]}[]} clusterings
 */

/**
 * @typedef {object} Payload
 * @property {string} format
 * @property {number} version
 * @property {string} title
 * @property {Record<string, any>} run
 * @property {SettingRow[]} settings
 * @property {Record<string, string>} environment
 * @property {string[]} labels
 * @property {{count: number, label: Packed, several?: {starts: Packed, codes: Packed}|null, names: string[], named: Packed|null,
 *   paths?: string|null, starts?: Packed|null, ends?: Packed|null}} items
 * @property {SpaceJson[]} clusterings
 * @property {MapJson[]} maps
 * @property {Story[]} stories
 * @property {Record<string, any>[]} iterations
 * @property {Comparison[]} comparisons
 * @property {{markdown: string, latex: string, csv: string}|null} table6
 * @property {{missing: Record<string, string>, otherwise: string, plan: string[], beside?: number[]}} media
 * @property {{name: string, modality: string, dim: number, data: Packed}[]} [prints] of each encoder small vectors that tell which clips are alike
 * @property {{item: number, score: number, label: number, shares: [number, number][]}[]} [suspects] clips whose neighbours have another label
 * @property {{keys: [string, string], measures: Record<string, number|null>, matched: [number, number, number][],
 *   changes: {change: "split"|"merged", cluster: number, clips: number, parts: [number, number][]}[]}[]} [pairs] of a comparison of two runs
 * @property {{name: string, method: string, only: number}[]} [sides] the two runs
 */

/**
 * What is known of one clip's media; every kind may be missing, `note` says why.
 * @typedef {object} ClipMedia
 * @property {string} [strip] URL of a WebP of `frames` pictures side by side
 * @property {number} [frames]
 * @property {number} [aspect] width / height of one picture
 * @property {boolean} [moves] whether there is an MP4 with picture
 * @property {boolean} [sounds] whether there is one with sound
 * @property {() => string|undefined} [play] URL of it
 * @property {() => void} [free] revokes all URLs
 * @property {string} [mel] URL of a PNG whose alpha is the log-mel
 * @property {number} [seconds]
 * @property {[number, number]} [seen] seconds of the preview that the video encoder saw
 * @property {[number, number]} [heard] seconds of the preview that the audio encoder heard
 * @property {string} [note]
 */

/**
 * Where a renderer lives: in a page or in a notebook.
 * @typedef {object} Host
 * @property {(item: number) => Promise<ClipMedia>} media
 * @property {() => string} where the current link, without "#"
 * @property {(link: string) => void} go
 * @property {(listener: () => void) => void} onMove
 * @property {(items: number[]) => void} select
 * @property {(selections: Record<string, number[]>) => void} [keep] hears of named selections
 * @property {{get: (key: string) => string|null, set: (key: string, value: string) => void, kept: boolean}} storage
 * @property {AbortSignal} [gone]
 */

export {};
