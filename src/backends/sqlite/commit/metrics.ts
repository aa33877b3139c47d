const window = 1024

/** How long the last transactions took, from BEGIN to after COMMIT. */
export class Metrics {
  readonly #durationsMs = new Float64Array(window)
  #count = 0

  add(durationMs: number): void {
    this.#durationsMs[this.#count++ % window] = durationMs
  }

  /** The median and the 99th percentile, in milliseconds, of the last 1,024 transactions; zeros before the first. */
  commitMs(): { readonly p50: number; readonly p99: number } {
    const sorted = this.#durationsMs.slice(0, Math.min(this.#count, window)).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p99: at(0.99) }
  }
}
