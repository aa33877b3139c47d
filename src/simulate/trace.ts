/** What has happened in a run, line by line. */
export class Trace {
  readonly #lines: string[] = []
  #passedMs = 0

  /** The lines so far. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** Adds a line, after one for the time that has passed since the last. */
  say(line: string): void {
    if (this.#passedMs > 0) this.#lines.push(`${this.#passedMs} ms pass`)
    this.#passedMs = 0
    this.#lines.push(line)
  }

  /** Notes that time has passed. */
  pass(ms: number): void {
    this.#passedMs += ms
  }
}
