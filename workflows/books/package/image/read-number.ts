/** Reads a number without a sign of so many bytes; what has no exact place in a `number` is larger than any file. */
export type NumberReader = (bytes: Buffer, at: number, length: 2 | 4 | 8) => number

/** Makes a reader of numbers whose first byte counts most (`isBigEndian`), or least. */
export function makeNumberReader(isBigEndian: boolean): NumberReader {
  return (bytes, at, length) => {
    if (length === 8) return Number(isBigEndian ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at))
    return isBigEndian ? bytes.readUIntBE(at, length) : bytes.readUIntLE(at, length)
  }
}
