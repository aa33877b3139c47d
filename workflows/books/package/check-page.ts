import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isNativeError } from 'node:util/types'
import { Defect } from '../defect.ts'
import { readPlain } from '../plain-file.ts'
import { checkHocr } from './check-hocr.ts'
import type { PageFile } from './file-names.ts'
import { checkImage } from './image/check-image.ts'

/** Of one page, which is read as a whole when the text of a book is written. */
const maxTextBytes = 16 * 2 ** 20

/** Throws a `Defect` when a file of a page in `folder` is not what its name says, or cannot be whole. */
export async function checkPage(folder: string, page: PageFile): Promise<void> {
  const path = join(folder, page.name)
  if (page.kind === 'image') return checkImage(path)
  refuseLong(page.name, (await stat(path)).size)
  checkText(page, await readPlain(path))
}

/** The text of a page, or its hOCR; throws a `Defect` when its bytes are none. */
export function checkText({ name, kind }: PageFile, bytes: Buffer): string {
  refuseLong(name, bytes.length)
  const text = decode(name, bytes)
  if (kind === 'hocr') checkHocr(name, text)
  return text
}

function refuseLong(file: string, bytes: number): void {
  if (bytes <= maxTextBytes) return
  const sentence = `${file} is larger than ${maxTextBytes >> 20} MiB.`
  throw new Defect('TooLarge', sentence, { file, expected: maxTextBytes })
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'TypeError') throw error
    throw new Defect('BadUTF', `${file} is not UTF-8.`, { file }, error)
  }
}
