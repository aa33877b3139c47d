import * as fc from 'fast-check'

/** A change to some bytes; places are fractions of their length. */
export type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'flipEarly'; readonly byte: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'splice'; readonly from: number; readonly to: number; readonly length: number }

// Even over the whole: fc.double is not, nearly all that it gives is close to 0.
const place = fc.noBias(fc.nat(2 ** 24 - 1)).map((n) => n / 2 ** 24)
const length = fc.integer({ min: 1, max: 1024 })

const anyFlip = fc.record({
  kind: fc.constant('flip' as const),
  at: place,
  bit: fc.integer({ min: 0, max: 7 }),
})
/** Where all headers are, and what is decrypted first. */
const flipEarly = fc.record({
  kind: fc.constant('flipEarly' as const),
  byte: fc.noBias(fc.nat(99)),
  bit: fc.nat(7),
})
const any = fc.oneof(
  anyFlip,
  flipEarly,
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('drop' as const), at: place, length }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  }),
  fc.record({ kind: fc.constant('splice' as const), from: place, to: place, length }),
)

/** One flipped bit, anywhere or in the first 100 bytes, or up to four changes: bits flipped, an end cut off, bytes dropped, inserted, or copied from elsewhere. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.oneof(
  fc.array(anyFlip, { minLength: 1, maxLength: 1 }),
  fc.array(flipEarly, { minLength: 1, maxLength: 1 }),
  fc.array(any, { minLength: 1, maxLength: 4 }),
)

/** `bytes` after these changes, one after the other. */
export function mutate(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  return changes.reduce(change, bytes)
}

function change(bytes: Buffer, mutation: Mutation): Buffer {
  const at = (fraction: number) => Math.floor(fraction * bytes.length)
  switch (mutation.kind) {
    case 'flip':
      return flip(bytes, at(mutation.at), mutation.bit)
    case 'flipEarly':
      return flip(bytes, mutation.byte, mutation.bit)
    case 'cut':
      return bytes.subarray(0, at(mutation.at))
    case 'drop':
      return around(bytes, at(mutation.at), Buffer.alloc(0), mutation.length)
    case 'insert':
      return around(bytes, at(mutation.at), mutation.bytes, 0)
    case 'splice': {
      const from = at(mutation.from)
      return around(bytes, at(mutation.to), bytes.subarray(from, from + mutation.length), mutation.length)
    }
  }
}

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  const flipped = Buffer.from(bytes)
  if (at < flipped.length) flipped[at]! ^= 1 << bit
  return flipped
}

function around(bytes: Buffer, at: number, middle: Uint8Array, dropped: number): Buffer {
  return Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + dropped)])
}
