const surrogates = { first: 0xd800, after: 0xe000 }
const highest = 0x10ffff

/** The first text, by its bytes, behind all that begin with `prefix`; undefined if there is none. */
export function textAfter(prefix: string): string | undefined {
  const points = [...prefix].map((each) => each.codePointAt(0)!)
  while (points.at(-1) === highest) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  const next = last + 1 === surrogates.first ? surrogates.after : last + 1
  return String.fromCodePoint(...points, next)
}
