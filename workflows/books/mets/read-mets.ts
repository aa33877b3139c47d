import { basename } from 'node:path'
import { isNativeError } from 'node:util/types'
import { SaxesParser } from 'saxes'
import { Defect } from '../defect.ts'
import { openPlain } from '../plain-file.ts'
import { collectFiles } from './collect-files.ts'
import { collectMarc } from './collect-marc.ts'
import { attributeOf, isElement } from './element.ts'
import type { ListedFile } from './listed-file.ts'
import type { MarcRecord } from './marc-record.ts'

const maxBytes = 32 * 2 ** 20
/** The parser looks for the namespace of each element in all elements around it. */
const maxDepth = 100
const maxAttributes = 1000
/** Of a text, a tag, a comment or an instruction, which the parser holds as a whole. */
const maxTokenLength = 2 ** 20

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
 * Reads a METS file as a stream. `TooLarge` when it, or a single text, tag or comment in it, is; `BadFile` when it is no well-formed METS in UTF-8; a document type is refused, so
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
  const reader = metsReader(file)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of source.createReadStream(signal && { signal })) {
      reader.write(decoder.decode(chunk as Buffer, { stream: true }))
    }
    reader.write(decoder.decode())
    return reader.end()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Defect) throw error
    if (isNativeError(error) && 'syscall' in error) throw error
    const detail = isNativeError(error) ? error.message : String(error)
    throw new Defect(
      'BadFile',
      `${file} is not a well-formed METS: ${detail.split('\n')[0]!.replace(/\.$/, '')}.`,
      { file, detail },
      error,
    )
  }
}

function metsReader(file: string) {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const marc = collectMarc()
  const files = collectFiles()
  let objid: string | undefined
  let pages = 0
  let depth = 0
  let attributes = 0
  let tokenLength = 0
  const endToken = () => {
    tokenLength = 0
  }
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('a document type is not allowed')
  })
  parser.on('opentagstart', () => {
    attributes = 0
  })
  parser.on('comment', endToken)
  parser.on('processinginstruction', endToken)
  parser.on('attribute', () => {
    endToken()
    if (++attributes > maxAttributes) throw new Error(`an element has more than ${maxAttributes} attributes`)
  })
  parser.on('opentag', (tag) => {
    endToken()
    if (depth >= maxDepth) throw new Error(`its elements are nested deeper than ${maxDepth}`)
    if (depth++ === 0) {
      if (!isElement(tag, 'mets', 'mets')) throw new Error(`the root element is ${tag.name}`)
      objid = attributeOf(tag, 'OBJID')?.trim()
    }
    if (isElement(tag, 'google', 'ocr_page')) pages++
    marc.open(tag)
    files.open(tag)
  })
  const onText = (text: string) => {
    endToken()
    marc.text(text)
  }
  parser.on('text', onText)
  parser.on('cdata', onText)
  parser.on('closetag', (tag) => {
    endToken()
    depth--
    marc.close(tag)
    files.close(tag)
  })
  return {
    write(text: string) {
      tokenLength += text.length
      parser.write(text)
      if (tokenLength > maxTokenLength) throw longToken(file)
    },
    end(): Mets {
      parser.close()
      return { pages, objid: objid || undefined, files: files.files, marc: marc.record() }
    },
  }
}

function longToken(file: string): Defect {
  const sentence = `${file} has a text, a tag, a comment or an instruction of more than ${maxTokenLength >> 20} MiB.`
  return new Defect('TooLarge', sentence, { file, expected: maxTokenLength })
}
