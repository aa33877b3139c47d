/** The bytes from one place up to, but not, another. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** The one range that a `Range` header asks for, of so many bytes; undefined when it asks for none, or in an odd way. */
export function byteRange(
  header: string | undefined,
  bytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const from = Math.max(0, bytes - Number(last))
    return from === bytes ? 'unsatisfiable' : { from, to: bytes }
  }
  const [from, to] = [Number(first), last === '' ? bytes : Math.min(bytes, Number(last) + 1)]
  if (last !== '' && Number(last) < from) return undefined
  return from >= bytes ? 'unsatisfiable' : { from, to }
}
