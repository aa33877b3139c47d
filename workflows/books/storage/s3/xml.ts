import { SaxesParser } from 'saxes'

/** An element of an answer. */
export interface XmlElement {
  readonly name: string
  /** Its own text, without that of the elements in it. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

interface Open extends XmlElement {
  text: string
  readonly children: Open[]
}

/** Reads a small document; undefined for what is none. A document type is refused, so that no entity can be declared. */
export function readXml(document: string): XmlElement | undefined {
  const root: Open = { name: '', text: '', children: [] }
  const open = [root]
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    const element: Open = { name, text: '', children: [] }
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    open.at(-1)!.text += text
  })
  parser.on('closetag', () => void open.pop())
  parser.on('doctype', () => {
    throw new Error('a document type')
  })
  try {
    // Some servers send spaces before it, to say that they are still there.
    parser.write(document.trim()).close()
    return root.children[0]
  } catch {
    return undefined
  }
}

/** The text of the first element of a name in another; undefined when there is none. */
export function textIn(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

/** Text as it stands in a document. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
