import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { databaseUrl, defineApp, filePath, openBackend } from 'pipewright'
import * as z from 'zod'
import { encodePgm } from '../workflows/correction/gray-image.ts'
import { drawPage } from '../workflows/correction/sample-page.ts'
import { saveFile } from '../workflows/correction/save-file.ts'
import { Input } from '../workflows/correction/states.ts'
import { correction } from '../workflows/correction/workflow.ts'

const Config = z.object({
  /** The folder of the images. */
  images: filePath().default('data/correction/images'),
  /** Where the queues are: a SQLite file, or a URL. */
  database: databaseUrl().default('data/correction/queues.db'),
})

/** The image correction: a worker and two desks. */
export default defineApp({
  name: 'correction',
  config: Config,
  open: ({ images, database }) => {
    mkdirSync(images, { recursive: true })
    return {
      workflow: correction,
      backend: () => openBackend(database),
      context: { images },
      seed: {
        value: (id) => Input({ image: `${id}.pgm` }),
        all: () => findImages(images),
        sample: (count) => makeSamples(images, count),
      },
    }
  },
})

async function* findImages(images: string) {
  for (const name of await readdir(images)) {
    if (name.endsWith('.pgm') && !name.startsWith('corrected-')) yield name.slice(0, -'.pgm'.length)
  }
}

/** Draws `count` pages, each skew in its own way; every third has hardly any contrast. */
async function* makeSamples(images: string, count: number) {
  for (let n = 1; n <= count; n++) {
    const id = `sample-${n}`
    const degrees = ((n * 7) % 17) / 4 - 2
    const paper = n % 3 === 0 ? 150 : 220
    const page = drawPage({ width: 600, height: 800, degrees, ink: 140 - (n % 3) * 20, paper })
    await saveFile(join(images, `${id}.pgm`), encodePgm(page))
    yield id
  }
}
