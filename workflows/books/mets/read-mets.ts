import { basename } from 'node:path'
import { SaxesParser } from 'saxes'
import { Defect } from '../defect.ts'
import { openPlain } from '../plain-file.ts'
import { collectFiles } from './collect-files.ts'
import { collectMarc } from './collect-marc.ts'
import { attributeOf, isElement } from './element.ts'
import type { ListedFile } from './listed-file.ts'
import type { MarcRecord } from './marc-record.ts'

const maxBytes = 32 * 2 ** 20
/** Each element asks all that it lies in for its namespace. */
const maxDepth = 100
const maxAttributes = 1000

/** What a METS file says of a book. */
export interface Mets {
  readonly pages: number
  /** What its book is called by who has made it; undefined when it does not say. */
  readonly objid: string | undefined
  /** The files that it lists; none when it has no list. */
  readonly files: readonly ListedFile[]
  /** The first MARC record; undefined when there is none. */
  readonly marc: MarcRecord | undefined
}

/**
 * Reads a METS file as a stream. `BadFile` when it is no well-formed METS in UTF-8; a document type is refused, so
 * that no entity can be declared.
 */
export async function readMets(path: string, signal?: AbortSignal): Promise<Mets> {
  const file = basename(path)
  const source = await openPlain(path)
  const { size } = await source.stat()
  if (size > maxBytes) {
    await source.close()
    throw new Defect('TooLarge', `${file} is larger than ${maxBytes >> 20} MiB.`, {
      file,
      expected: maxBytes,
    })
  }
  const reader = metsReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of source.createReadStream(signal && { signal })) {
      reader.write(decoder.decode(chunk as Buffer, { stream: true }))
    }
    reader.write(decoder.decode())
    return reader.end()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Error && 'syscall' in error) throw error
    const detail = error instanceof Error ? error.message : String(error)
    throw new Defect(
      'BadFile',
      `${file} is not a well-formed METS: ${detail.split('\n')[0]!.replace(/\.$/, '')}.`,
      { file, detail },
      error,
    )
  }
}

function metsReader() {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const marc = collectMarc()
  const files = collectFiles()
  let objid: string | undefined
  let pages = 0
  let depth = 0
  let attributes = 0
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('a document type is not allowed')
  })
  parser.on('opentagstart', () => {
    attributes = 0
  })
  parser.on('attribute', () => {
    if (++attributes > maxAttributes) throw new Error(`an element has more than ${maxAttributes} attributes`)
  })
  parser.on('opentag', (tag) => {
    if (depth >= maxDepth) throw new Error(`its elements are nested deeper than ${maxDepth}`)
    if (depth++ === 0) {
      if (!isElement(tag, 'mets', 'mets')) throw new Error(`the root element is ${tag.name}`)
      objid = attributeOf(tag, 'OBJID')?.trim()
    }
    if (isElement(tag, 'google', 'ocr_page')) pages++
    marc.open(tag)
    files.open(tag)
  })
  parser.on('text', marc.text)
  parser.on('cdata', marc.text)
  parser.on('closetag', (tag) => {
    depth--
    marc.close(tag)
    files.close(tag)
  })
  return {
    write: (text: string) => void parser.write(text),
    end(): Mets {
      parser.close()
      return { pages, objid: objid || undefined, files: files.files, marc: marc.record() }
    },
  }
}
