import { fractionOf } from '../random.ts'

const words =
  'the of and in a to was by river harbour light winter garden letter stone history evening island window market morning silver captain journey forest bridge tower paper memory orchard weather'.split(
    ' ',
  )
const subjects = 'Tides Gardens Letters Bridges Winters Harbours Orchards Islands Journeys Markets'.split(' ')
const places = 'Lisbon Bergen Trieste Galway Riga Ghent Cadiz Ragusa Tartu Leith'.split(' ')

/** So many lines of text, of at most 9 letters a word and 8 words a line: the same for the same parts. */
export function linesOf(lines: number, ...parts: readonly (string | number)[]): string[] {
  return Array.from({ length: lines }, (_, line) =>
    Array.from({ length: 8 }, (_, word) => pick(words, ...parts, line, word)).join(' '),
  )
}

/** The title of a made book. */
export function titleOf(...parts: readonly (string | number)[]): string {
  return `The ${pick(subjects, ...parts, 'subject')} of ${pick(places, ...parts, 'place')}`
}

function pick(list: readonly string[], ...parts: readonly (string | number)[]): string {
  return list[Math.floor(fractionOf(...parts) * list.length)]!
}
