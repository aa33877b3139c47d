// @ts-check
// Plain JavaScript, since threads load it as it is.

/**
 * A text that identifies a lease. Without the queue: a stay has a hop of its own, and a newer version may call the queue by another name
 * meanwhile.
 * @param {{ readonly id: string, readonly hop: number, readonly lease: number }} fence
 * @returns {string}
 */
export function fenceKey({ id, hop, lease }) {
  return `${lease} ${hop} ${id}`
}
