/** Bounds what goes into openpgp.js while nothing comes out: it keeps packets that are no content in memory. */
export interface InputCap {
  /** Takes note of bytes that go in. Throws when they are too many. */
  readonly took: (bytes: number) => void
  /** Takes note that something came out. */
  readonly gave: () => void
}

/** Makes a cap of so many bytes. */
export function makeInputCap(maxBytes: number): InputCap {
  let bytes = 0
  return {
    took(more) {
      bytes += more
      if (bytes > maxBytes) throw new Error(`Unexpected packet of more than ${maxBytes} bytes.`)
    },
    gave() {
      bytes = 0
    },
  }
}
