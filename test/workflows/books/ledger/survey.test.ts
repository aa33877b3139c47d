import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { FakeGrinOptions } from '../../../../workflows/books/fake-grin/fake-grin-options.ts'
import { openLedger } from '../../../../workflows/books/ledger/ledger.ts'
import { surveyId } from '../../../../workflows/books/ledger/survey-id.ts'
import { grinSource } from '../../../../workflows/books/source/grin-source.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { clientOf } from '../grin/client.ts'
import { openLibrary, quick } from '../library.ts'
import { scratchFolder } from '../scratch.ts'

const within = { timeout: 60_000, interval: 20 }
const at = '2026-11-27T03:00Z'
const nth = (n: number) => `3210190000000${n}`

async function open(options: FakeGrinOptions) {
  const fake = await openGrin(options)
  const { grin } = clientOf(fake)
  const root = scratchFolder()
  const ledger = openLedger(join(root, 'ledger.db'))
  const library = await openLibrary(root, quick, { grin, ledger, source: grinSource(grin) })
  onTestFinished(async () => {
    await library.close()
    ledger.close()
  })
  const fast = { units: 1000, perMs: 1000, burst: 1000 }
  await library.backend.commit([{ kind: 'gate', name: 'grin', rate: fast, actor: 'test' }])
  const surveyed = (time: string) =>
    vi.waitUntil(async () => (await library.finished()).get(surveyId(time)), within)
  return { ...library, fake, ledger, surveyed }
}

const made = (count: number, converted = 0) => ({ sample: false, made: { count, pages: 3 }, converted })

it('takes the lists into the ledger, with what is in process and what has failed', async () => {
  const library = await open({
    books: made(5, 1),
    faults: [{ fault: 'conversion-failed', of: nth(1) }],
    conversionMs: 1000,
    clock: 'manual',
  })
  for (const n of [1, 2]) await library.want(nth(n))
  library.work()
  await vi.waitUntil(() => library.fake.admin.queued() === 2, within)
  await library.survey(at)
  expect(await library.surveyed(at)).toEqual({ tag: 'Surveyed', at, books: 5, changed: 5, gone: 0 })
  expect(library.ledger.count()).toEqual({ converted: 1, 'in process': 2, new: 2 })
  library.fake.admin.advance(1000)
  await library.survey('2026-11-28T03:00Z')
  expect(await library.surveyed('2026-11-28T03:00Z')).toMatchObject({ books: 5, changed: 1 })
  expect(library.ledger.count()).toEqual({ converted: 2, failed: 1, new: 2 })
}, 70_000)

it('notes what was looked at and what was stored, with its title', async () => {
  const library = await open({ books: made(1, 1) })
  await library.survey(at)
  library.work()
  await library.surveyed(at)
  await library.want(nth(0))
  await vi.waitUntil(async () => (await library.finished()).get(nth(0))?.tag === 'Done', within)
  const done = (await library.finished()).get(nth(0))
  const [row] = library.ledger.rows()
  expect(row).toMatchObject({ etag: done.etag, title: done.about.title })
  expect(row!.looked).not.toBeNull()
  expect(library.ledger.next(10)).toEqual([])
}, 70_000)

it('ends, with the reason, when GRIN answers with no list, and blames no book', async () => {
  const library = await open({ books: made(1), faults: [{ fault: 'request-unavailable', on: 'list' }] })
  await library.survey(at)
  library.work()
  const ended = await library.surveyed(at)
  expect(ended).toMatchObject({ tag: 'Unsurveyed', at, reason: expect.stringContaining('_all_books') })
  expect(library.ledger.count()).toEqual({})
}, 70_000)
