import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Choice, TaskOnDesk } from 'pipewright/simulate'
import type { Random } from 'pipewright/testing'
import { expect, it } from 'vitest'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { openContext } from '../../../workflows/books/open-context.ts'
import { layOutSample, sampleKeyring } from '../../../workflows/books/sample/lay-out-sample.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { Converted } from '../../../workflows/books/states/converted.ts'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'
import { patience } from '../../on/kind.ts'
import { simulate } from '../../on/simulate.ts'
import { sampleFile, scratchFolder } from './scratch.ts'

// The workflow as it is, with its files, threads and processes. Seen to fail: with an export that appends a row also
// where the book has one, a book whose process died before its last hop had two; with an `unpack` that removes its
// tarball at once, as no stage may do with what it reads, the attempt after the crash found none, and the book stopped.

/** Broken books that would go the same ways once more. */
const tooMany =
  /^broken-(?:truncated|bad-|not-gzip|symlink|duplicate|mets-[mo]|mets-file|page-count|marc-|without|\w+-image|web-|empty-hocr)/

/** Decides by chance what can be decided, and rejects what has been decided often enough. */
function decide({ value, hop }: TaskOnDesk, random: Random): Choice {
  const { reason, retryFrom, acceptable } = value
  const choices: Choice[] = [{ decision: 'reject', note: 'Enough.' }]
  if (acceptable) choices.push({ decision: 'accept', note: 'Good enough.' })
  if (hop < 5) choices.push(...retryFrom.map((from: string) => ({ decision: 'retry', from })))
  if (hop < 5 && reason.class === 'decrypt') choices.push({ decision: 'passphrase', name: 'older' })
  return random.pick(choices)
}

const entering = (barcodes: readonly string[]) =>
  barcodes.map((barcode) => ({
    id: barcode,
    value: Converted({ barcode, processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' }),
  }))

/** The context of a library in `root`, whose archives are in `source`. */
async function open(root: string, source: string) {
  const [processing, done] = [join(root, 'processing'), join(root, 'done')]
  for (const folder of [processing, done]) await mkdir(folder, { recursive: true })
  return openContext({
    source: folderSource(source),
    keyring: { file: sampleKeyring, shared: true },
    processing: { processing },
    done: { done: { storage: folderStorage(done), exports: done } },
  })
}

/** The barcodes in the export, and what is left in the processing bucket. */
async function look(root: string) {
  const rows = await readExport(join(root, 'done'))
  return {
    exported: rows.map(({ barcode }) => barcode).sort(),
    left: await readdir(join(root, 'processing')),
  }
}

const options = { name: 'books', handlerMs: 15_000 }
// One for all runs, which so share the processes that decrypt and unpack.
const books = makeBooks()

it(
  'takes the sample and broken books to an end, whichever process dies',
  async () => {
    const root = scratchFolder()
    const source = join(root, 'source')
    await layOutSample(source)
    const barcodes: string[] = []
    for await (const barcode of folderSource(source).barcodes()) barcodes.push(barcode)
    const ids = barcodes.filter((barcode) => !tooMany.test(barcode)).sort()

    const inputs = entering(ids)
    const context = await open(root, source)
    const { tokens, crashes } = await simulate(books, {
      ...options,
      seed: 8,
      crashes: 6,
      inputs,
      decide,
      context,
    })

    // A run may end before it comes to the last of them.
    expect(crashes).toBeGreaterThan(3)
    expect(tokens.map(({ id, end }) => `${id} ${end}`)).toEqual(ids.map((id) => `${id} output`))
    const done = tokens.filter(({ value }) => (value as { tag: string }).tag === 'Done').map(({ id }) => id)
    expect(done).toEqual(expect.arrayContaining(ids.filter((id) => !id.startsWith('broken'))))
    // One row for each book that was stored, and nothing left of any.
    expect(await look(root)).toEqual({ exported: done, left: [] })
  },
  180_000 * patience,
)

it(
  'finishes a book once, although its process dies before its hop, in any stage',
  async () => {
    const id = '32101700000035'
    const run = async (crashes: number | { before: number }) => {
      const root = scratchFolder()
      const context = await open(root, sampleFile('.'))
      const report = await simulate(books, {
        ...options,
        seed: 3,
        crashes,
        inputs: entering([id]),
        context,
      })
      expect(report.tokens).toMatchObject([{ id, end: 'output', hops: 7, value: { tag: 'Done', pages: 6 } }])
      expect(await look(root)).toEqual({ exported: [id], left: [] })
      return report
    }
    const [{ trace } = { trace: [] }] = (await run(0)).runs
    const hops = trace
      .filter((line) => line.includes(`"${id}" moved`))
      .map((line) => Number.parseInt(line, 10))
    expect(hops).toHaveLength(6)
    for (const before of hops) expect((await run({ before })).crashes).toBe(1)
  },
  180_000 * patience,
)
