import { createHash } from 'node:crypto'
import { fractionOf } from '../random.ts'

const words =
  'the of and in a to was by river harbour light winter garden letter stone history evening island window market morning silver captain journey forest bridge tower paper memory orchard weather'.split(
    ' ',
  )
const subjects = 'Tides Gardens Letters Bridges Winters Harbours Orchards Islands Journeys Markets'.split(' ')
const places = 'Lisbon Bergen Trieste Galway Riga Ghent Cadiz Ragusa Tartu Leith'.split(' ')

const wordsOfLine = 8

/** Eight lines of eight words of at most 9 letters: the same for the same key. */
export function linesOf(key: Buffer): string[] {
  // It has a byte for each word.
  const bytes = createHash('sha512').update(key).digest()
  const chosen = Array.from(bytes, (byte) => words[byte % words.length]!)
  return Array.from({ length: bytes.length / wordsOfLine }, (_, line) =>
    chosen.slice(line * wordsOfLine, (line + 1) * wordsOfLine).join(' '),
  )
}

/** The title of a made book. */
export function titleOf(...parts: readonly (string | number)[]): string {
  return `The ${pick(subjects, ...parts, 'subject')} of ${pick(places, ...parts, 'place')}`
}

function pick(list: readonly string[], ...parts: readonly (string | number)[]): string {
  return list[Math.floor(fractionOf(...parts) * list.length)]!
}
