import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { findLevels, stretch } from '../contrast.ts'
import { decodePgm, encodePgm } from '../gray-image.ts'
import { ImageError } from '../image-error.ts'
import { saveFile } from '../save-file.ts'
import { findSkew, turn } from '../skew.ts'
import { AutoCorrected, FileName, Input, ManualInput } from '../states.ts'

/** What the workers of this workflow have to be given. */
export interface Folders {
  /** The folder of the images, those that come in and those that are corrected. */
  readonly images: string
}

const Correction = z.object({
  corrected: FileName,
  degrees: z.number(),
  black: z.number(),
  white: z.number(),
})

const correct = worker({
  input: FileName,
  output: Correction,
  concurrency: 2,
  timeoutMs: 60_000,
  process: async (image, { images, progress }: Folders & WorkContext) => {
    const original = decodePgm(await readImage(join(images, image)))
    const levels = findLevels(original)
    const clear = stretch(original, levels)
    progress(0.5)
    const degrees = findSkew(clear)
    const corrected = `corrected-${image}`
    await saveFile(join(images, corrected), encodePgm(turn(clear, degrees)))
    return { corrected, degrees, ...levels }
  },
})

async function readImage(path: string): Promise<Buffer> {
  // To open a FIFO waits for another process, and to read a device may never end.
  if ((await stat(path)).isFile()) return readFile(path)
  throw new ImageError('It is not a file.')
}

/** Makes the writing black, the paper white and the lines level; what it cannot do is done by hand. */
export const autocorrect = wrapped(correct, {
  input: Input,
  output: AutoCorrected,
  pre: ({ image }) => image,
  post: ({ image }, correction) => AutoCorrected({ image, ...correction }),
  failed: { to: ManualInput, as: ({ image }, { message }) => ManualInput({ image, why: message }) },
})
