/*
 * The tags of an HTML or XHTML text, after "Tokenization" in the HTML standard (13.2.5), without a tree. Comments,
 * declarations, and what stands in scripts, styles and titles are passed over. The work grows with the length of the text alone.
 */

/** A tag: its name in lower case, and what its `class` says. */
export interface Tag {
  readonly name: string
  readonly isEnd: boolean
  readonly classes: readonly string[]
}

const opening = /<(?:(!--)|([!?])|(\/?)([a-z][^\s/>]*))/gi
const attribute = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y
const closing = /[\s/]*>/y
/** What has no tags in it, up to its own end. */
const raw = ['script', 'style', 'title', 'textarea']

/** The tags in the order of the text; at last `undefined` if it ends within one, or within a comment. */
export function* scanTags(html: string): Generator<Tag | undefined> {
  const pass = (mark: string, from: number) => {
    const at = html.indexOf(mark, from)
    opening.lastIndex = at + mark.length
    return at >= 0
  }
  opening.lastIndex = 0
  for (let found = opening.exec(html); found; found = opening.exec(html)) {
    const [start, comment, declaration, slash, called] = found
    const from = found.index + start.length
    if (called === undefined) {
      if (pass(comment ? '-->' : '>', declaration ? from : from - 2)) continue
      return yield undefined
    }
    const { classes, end } = readAttributes(html, from)
    if (end === undefined) return yield undefined
    const name = called.toLowerCase()
    yield { name, isEnd: slash === '/', classes }
    opening.lastIndex = end
    // XML knows elements that are empty: `<script src="x"/>`.
    if (slash !== '' || !raw.includes(name) || html[end - 2] === '/') continue
    const ends = new RegExp(`</${name}(?=[\\s/>])`, 'gi')
    ends.lastIndex = end
    const last = ends.exec(html)
    if (!last) return yield undefined
    opening.lastIndex = last.index
  }
}

/** What stands between the name of a tag and its end; no end when there is none. */
function readAttributes(html: string, from: number): { classes: string[]; end?: number } {
  let classes: string[] = []
  for (let at = from; ; ) {
    closing.lastIndex = at
    if (closing.test(html)) return { classes, end: closing.lastIndex }
    attribute.lastIndex = at
    const [whole, name, ...values] = attribute.exec(html) ?? []
    if (whole === undefined) return { classes }
    at += whole.length
    if (name?.toLowerCase() === 'class') classes = (values.find((value) => value) ?? '').split(/\s+/)
  }
}
