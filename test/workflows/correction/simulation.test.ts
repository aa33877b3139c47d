import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskOnDesk } from 'pipewright/simulate'
import { expect, it, onTestFinished } from 'vitest'
import { encodePgm } from '../../../workflows/correction/gray-image.ts'
import { drawPage } from '../../../workflows/correction/sample-page.ts'
import { Input } from '../../../workflows/correction/states.ts'
import { correction } from '../../../workflows/correction/workflow.ts'
import { simulate } from '../../on/simulate.ts'

// The workflow as it is, with its files: if a process dies before or after any commit or lease, each image still comes
// out once, by the right stage, and the folder holds what it should. Seen to fail: with a `saveFile` that links its file
// instead of renaming it, and so is refused where an earlier attempt has left one, the attempt after a crash before a
// commit fails, and "a" came out by a person. (No process dies while it writes here; processes.test.ts kills real ones.)

const page = encodePgm(drawPage({ width: 120, height: 160, degrees: 2, ink: 120, paper: 200 }))
const files = { 'a.pgm': page, 'b.pgm': page, 'c.pgm': Buffer.from('GIF89a') }

/** Accepts "a", refuses "b", and corrects by hand what comes to that. */
function decide({ id, queue, value }: TaskOnDesk) {
  if (queue === 'correction/manual') return { decision: 'correct', corrected: `by-hand-${value.image}` }
  return id === 'a' ? { decision: 'accept' } : { decision: 'refuse', why: 'a corner is missing' }
}

it('brings each image out once, if a process dies before or after any commit', async () => {
  const folders: string[] = []
  onTestFinished(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })
  const report = await simulate(correction, {
    name: 'correction',
    seed: 11,
    inputs: ['a', 'b', 'c'].map((id) => ({ id, value: Input({ image: `${id}.pgm` }) })),
    decide,
    context: async () => {
      const images = await mkdtemp(join(tmpdir(), 'correction-'))
      folders.push(images)
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(images, name), bytes)
      return { images }
    },
    check: async ({ context: { images }, tokens }) => {
      expect(tokens.map(({ id, end, value }) => ({ id, end, value }))).toEqual([
        { id: 'a', end: 'output', value: output('a.pgm', 'corrected-a.pgm', 'machine') },
        { id: 'b', end: 'output', value: output('b.pgm', 'by-hand-b.pgm', 'person') },
        { id: 'c', end: 'output', value: output('c.pgm', 'by-hand-c.pgm', 'person') },
      ])
      expect((await readdir(images)).sort()).toEqual([
        ...['a.pgm', 'b.pgm', 'c.pgm', 'corrected-a.pgm', 'corrected-b.pgm'],
      ])
    },
  })
  // Each image is leased once and commits at least twice.
  expect(report.crashes).toBeGreaterThanOrEqual(2 * (3 + 6))
})

it('leaves undecided tasks on the desk', async () => {
  const images = await mkdtemp(join(tmpdir(), 'correction-'))
  onTestFinished(() => rm(images, { recursive: true }))
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(images, name), bytes)
  const inputs = ['a', 'c'].map((id) => ({ id, value: Input({ image: `${id}.pgm` }) }))
  const { tokens } = await simulate(correction, {
    ...{ name: 'correction', seed: 5, crashes: 10, inputs, context: { images } },
    decide: () => undefined,
  })
  expect(tokens.map(({ id, end, queue }) => [id, end, queue])).toEqual([
    ['a', 'review', 'correction/validation'],
    ['c', 'review', 'correction/manual'],
  ])
})

function output(image: string, corrected: string, by: 'machine' | 'person') {
  return { tag: 'Output', image, corrected, by }
}
