import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { Defect } from '../defect.ts'
import { addField, type MarcRecord } from './marc-record.ts'

const namespaces = {
  marc: 'http://www.loc.gov/MARC21/slim',
  google: 'http://books.google.com/gbs',
  mets: 'http://www.loc.gov/METS/',
}
const maxBytes = 32 * 2 ** 20
const maxTextLength = 100_000
const maxFields = 10_000
const maxRecordLength = 2_000_000
/** Each element asks all that it lies in for its namespace. */
const maxDepth = 100
const maxAttributes = 1000

/** What a METS file says of a book. */
export interface Mets {
  readonly pages: number
  /** The first MARC record; undefined when there is none. */
  readonly marc: MarcRecord | undefined
}

/**
 * Reads a METS file as a stream. `BadFile` when it is no well-formed METS in UTF-8; a document type is refused, so
 * that no entity can be declared.
 */
export async function readMets(path: string, signal?: AbortSignal): Promise<Mets> {
  const file = basename(path)
  if ((await stat(path)).size > maxBytes) {
    throw new Defect('TooLarge', `${file} is larger than ${maxBytes >> 20} MiB.`, {
      file,
      expected: maxBytes,
    })
  }
  const reader = metsReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of createReadStream(path, signal && { signal })) {
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
  let pages = 0
  let depth = 0
  let marc: MarcRecord | undefined
  let open: { tag: string; code: string; text: string } | undefined
  let inRecord = false
  let recordLength = 0
  let fields = 0
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
    if (depth++ === 0 && !is(tag, 'mets', 'mets')) throw new Error(`the root element is ${tag.name}`)
    if (is(tag, 'google', 'ocr_page')) pages++
    if (is(tag, 'marc', 'record') && !marc) {
      marc = { control: new Map(), data: [] }
      inRecord = true
    }
    if (!marc || !inRecord) return
    if (++fields > maxFields) throw new Error(`the MARC record has more than ${maxFields} fields`)
    if (is(tag, 'marc', 'datafield')) marc.data.push({ tag: attribute(tag, 'tag'), subfields: [] })
    if (is(tag, 'marc', 'controlfield')) open = { tag: attribute(tag, 'tag'), code: '', text: '' }
    if (is(tag, 'marc', 'subfield')) open = { tag: '', code: attribute(tag, 'code'), text: '' }
  })
  const append = (text: string) => {
    if (!open) return
    open.text += text
    recordLength += text.length
    if (open.text.length > maxTextLength) throw new Error('a MARC field is longer than 100,000 characters')
    if (recordLength > maxRecordLength) throw new Error('the MARC record is longer than 2,000,000 characters')
  }
  parser.on('text', append)
  parser.on('cdata', append)
  parser.on('closetag', (tag) => {
    depth--
    if (is(tag, 'marc', 'record')) inRecord = false
    if (!marc || !open || !(is(tag, 'marc', 'controlfield') || is(tag, 'marc', 'subfield'))) return
    addField(marc, open)
    open = undefined
  })
  return {
    write: (text: string) => void parser.write(text),
    end(): Mets {
      parser.close()
      return { pages, marc }
    },
  }
}

function is(tag: SaxesTagNS, namespace: keyof typeof namespaces, local: string): boolean {
  return tag.local === local && tag.uri === namespaces[namespace]
}

function attribute(tag: SaxesTagNS, name: string): string {
  return tag.attributes[name]?.value ?? ''
}
