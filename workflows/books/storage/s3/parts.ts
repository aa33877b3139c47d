/** S3 takes so many. */
const maxParts = 10_000
const unit = 2 ** 20

/** A part of a file. */
export interface Part {
  /** From 1. */
  readonly number: number
  readonly start: number
  readonly bytes: number
}

/** The parts of a file of so many bytes: all of `partBytes` or, where these would be too many, of the MiB that are enough; the last may be smaller. */
export function planParts(bytes: number, partBytes: number): readonly Part[] {
  const enough = Math.ceil(bytes / maxParts / unit) * unit
  const each = bytes > maxParts * partBytes ? enough : partBytes
  return Array.from({ length: Math.ceil(bytes / each) }, (_, at) => {
    const start = at * each
    return { number: at + 1, start, bytes: Math.min(each, bytes - start) }
  })
}
