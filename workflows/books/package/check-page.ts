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
export async function checkPage(folder: string, { name, kind }: PageFile): Promise<void> {
  const path = join(folder, name)
  if (kind === 'image') return checkImage(path)
  const text = await readText(path, name)
  if (kind === 'hocr') checkHocr(name, text)
}

async function readText(path: string, file: string): Promise<string> {
  if ((await stat(path)).size > maxTextBytes) {
    const sentence = `${file} is larger than ${maxTextBytes >> 20} MiB.`
    throw new Defect('TooLarge', sentence, { file, expected: maxTextBytes })
  }
  const bytes = await readPlain(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'TypeError') throw error
    throw new Defect('BadUTF', `${file} is not UTF-8.`, { file }, error)
  }
}
