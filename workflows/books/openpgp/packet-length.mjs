// How the content of a packet is cut into parts (RFC 9580, 4.2.1), for the two threads.

/** The part that a length of one to five bytes announces, and whether it is the last; nothing while bytes are missing. */
export function partFrom(bytes) {
  const [first, second] = bytes
  if (first === undefined) return undefined
  if (first < 192) return { left: first, last: true }
  if (first > 223 && first < 255) return { left: 2 ** (first & 31), last: false }
  if (first < 224)
    return second === undefined ? undefined : { left: ((first - 192) << 8) + second + 192, last: true }
  return bytes.length < 5 ? undefined : { left: Buffer.from(bytes).readUInt32BE(1), last: true }
}
