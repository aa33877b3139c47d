import type { SaxesTagNS } from 'saxes'

const namespaces = {
  marc: 'http://www.loc.gov/MARC21/slim',
  google: 'http://books.google.com/gbs',
  mets: 'http://www.loc.gov/METS/',
}

/** Whether an element is the one called `local` in that namespace, with any prefix. */
export function isElement(tag: SaxesTagNS, namespace: keyof typeof namespaces, local: string): boolean {
  return tag.local === local && tag.uri === namespaces[namespace]
}

/** An attribute of an element, by its name without a prefix; undefined when it has none. */
export function attributeOf(tag: SaxesTagNS, name: string): string | undefined {
  return (
    tag.attributes[name]?.value ?? Object.values(tag.attributes).find(({ local }) => local === name)?.value
  )
}

/** What takes something out of a METS while it is read, element by element. */
export interface Collector {
  readonly open: (tag: SaxesTagNS) => void
  readonly close: (tag: SaxesTagNS) => void
}
