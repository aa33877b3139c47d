import { expect, it, onTestFinished } from 'vitest'
import { httpLedger } from '../../../workflows/invoices/http-ledger.ts'
import { type LedgerAnswer, ledgerOver } from '../../../workflows/invoices/ledger.ts'
import { LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { serveLedger } from '../../../workflows/invoices/toy-ledger/serve-ledger.ts'

const entry = { number: 'a-1', supplier: 'The Pencil', totalCents: 35 }
const { signal } = new AbortController()

async function open(lucks: number[]) {
  const book = new LedgerBook({ fraction: () => lucks.shift() ?? 0.9, unknown: ['Nowhere'] })
  const { url, close } = await serveLedger(book, 0)
  onTestFinished(close)
  return { book, ledger: httpLedger(url) }
}

it('is told the same booking again for the same key, over HTTP, also when the first answer was lost', async () => {
  const { book, ledger } = await open([0.2])
  const ask = () => ledger.book(entry, { key: 'k', signal })
  await expect(ask()).rejects.toThrow('The ledger has answered 502: The proxy has lost the answer.')
  expect([await ask(), await ask()]).toEqual(['B-1', 'B-1'])
  expect(book.booked).toEqual([{ ...entry, booking: 'B-1', key: 'k' }])
  expect(await ledger.book(entry, { key: 'another', signal })).toBe('B-2')
})

it('is tried again after a 500, closes its gate after a 429, and gives up after a 422', async () => {
  const { ledger } = await open([0.1, 0.01])
  const ask = (supplier = entry.supplier) => ledger.book({ ...entry, supplier }, { key: 'k', signal })
  const failed = await ask().catch((error) => error)
  expect(failed).not.toHaveProperty('retry')
  expect(failed).not.toHaveProperty('closeGate')
  await expect(ask()).rejects.toMatchObject({ closeGate: { name: 'ledger', forMs: 1000 } })
  await expect(ask('Nowhere')).rejects.toMatchObject({
    retry: false,
    message: 'The ledger refuses it: There is no supplier "Nowhere".',
  })
})

it.each([
  ['120', 120_000],
  [new Date(Date.now() + 3_600_000).toUTCString(), expect.closeTo(3_600_000, -4)],
  [undefined, 10_000],
  ['soon', 10_000],
])('waits as `retry-after: %s` says', async (retryAfter, forMs) => {
  const answer: LedgerAnswer = { status: 429, retryAfter, body: '' }
  const asking = ledgerOver(async () => answer).book(entry, { key: 'k', signal })
  await expect(asking).rejects.toMatchObject({ closeGate: { forMs } })
})
