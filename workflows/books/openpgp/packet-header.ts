/** The header of an OpenPGP packet. */
interface PacketHeader {
  readonly tag: number
  /** Where what is after it begins. */
  readonly body: number
  /** Bytes of the body, or of its first part; undefined where it lasts until the end. */
  readonly length: number | undefined
  /** False for the first of several parts. */
  readonly last: boolean
}

/** Reads the packet header at an offset; undefined where there is none. */
export function headerAt(bytes: Uint8Array, at: number): PacketHeader | undefined {
  const first = bytes[at]
  const second = bytes[at + 1]
  if (first === undefined || second === undefined || (first & 0x80) === 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const number = (offset: number, size: 1 | 2 | 4) => {
    if (offset + size > bytes.length) return undefined
    return size === 1 ? view.getUint8(offset) : size === 2 ? view.getUint16(offset) : view.getUint32(offset)
  }
  const whole = (tag: number, body: number, length: number | undefined) => ({ tag, body, length, last: true })
  if ((first & 0x40) === 0) {
    const size = ([1, 2, 4] as const)[first & 3]
    const tag = (first >> 2) & 0x0f
    return size ? whole(tag, at + 1 + size, number(at + 1, size)) : whole(tag, at + 1, undefined)
  }
  const tag = first & 0x3f
  if (second < 192) return whole(tag, at + 2, second)
  if (second < 224) return whole(tag, at + 3, ((second - 192) << 8) + (bytes[at + 2] ?? 0) + 192)
  if (second === 255) return whole(tag, at + 6, number(at + 2, 4))
  return { tag, body: at + 2, length: 2 ** (second & 31), last: false }
}
