/** A file that has been written: its size and its hash. */
export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}
