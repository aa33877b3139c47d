/** Bytes that are made when they are asked for, the same ones each time; how many there are is known before. */
export interface Content {
  readonly bytes: number
  readonly chunks: () => Iterable<Buffer>
}

/** Bytes that are there already. */
export function contentOf(bytes: Buffer): Content {
  return { bytes: bytes.length, chunks: () => [bytes] }
}

/** The same content with one byte changed. */
export function withByte(content: Content, at: number, change: (byte: number) => number): Content {
  return {
    bytes: content.bytes,
    *chunks() {
      let passed = 0
      for (const chunk of content.chunks()) {
        const place = at - passed
        passed += chunk.length
        if (place < 0 || place >= chunk.length) {
          yield chunk
          continue
        }
        const changed = Buffer.from(chunk)
        changed[place] = change(changed[place]!)
        yield changed
      }
    },
  }
}

/** The bytes from one place up to, but not, another. What is before them is made, too, and thrown away. */
export function sliceOf(content: Content, from: number, to: number): Content {
  return {
    bytes: Math.max(0, to - from),
    *chunks() {
      let passed = 0
      for (const chunk of content.chunks()) {
        const part = chunk.subarray(Math.max(0, from - passed), Math.max(0, to - passed))
        passed += chunk.length
        if (part.length > 0) yield part
        if (passed >= to) return
      }
    },
  }
}

/** Chunks of just so many bytes each; the last may have fewer. */
export function* chunksOf(size: number, chunks: Iterable<Buffer>): Generator<Buffer> {
  let held: Buffer[] = []
  let bytes = 0
  for (const chunk of chunks) {
    held.push(chunk)
    bytes += chunk.length
    if (bytes < size) continue
    const all = Buffer.concat(held)
    let at = 0
    for (; bytes - at >= size; at += size) yield all.subarray(at, at + size)
    held = [all.subarray(at)]
    bytes -= at
  }
  if (bytes > 0) yield Buffer.concat(held)
}
