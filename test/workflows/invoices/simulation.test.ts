import type { Backend } from 'pipewright'
import type { TaskOnDesk } from 'pipewright/simulate'
import { expect, it } from 'vitest'
import { ledgerOver } from '../../../workflows/invoices/ledger.ts'
import { sampleInvoice } from '../../../workflows/invoices/sample-invoice.ts'
import { Received } from '../../../workflows/invoices/states.ts'
import { LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { makeInvoices } from '../../../workflows/invoices/workflow.ts'
import { writeInvoice } from '../../../workflows/invoices/write-invoice.ts'
import { patience } from '../../on/kind.ts'
import { openUsual } from '../../on/open.ts'
import { simulate } from '../../on/simulate.ts'
import { calm, corrected, prices } from './office.ts'

// The workflow as it is, with a ledger that fails, and books without an answer, as the seed decides: wherever processes die, each
// invoice ends, approved by bob, and is booked once; then no gate is held and no letter lies about.

const invoices = makeInvoices({ work: { retry: { attempts: 2 } }, approveWithinMs: 60_000 })

const late = ['sample-2', 'dear']

/** Ann has entered all, and corrects; only bob may approve, and he leaves some to the second desk. */
function decide({ id, by, queue, value }: TaskOnDesk) {
  const isCorrecting = queue === 'invoices/correct'
  if (isCorrecting !== (by === 'ann')) return undefined
  if (isCorrecting) return { decision: 'correct', text: corrected(id, value.text) }
  return queue === 'invoices/approve' && late.includes(id) ? undefined : { decision: 'approve' }
}

interface Sample {
  readonly number: string
  readonly text: string
}

function play(
  samples: readonly Sample[],
  { moody, ...options }: { seed: number; crashes?: number; processes?: number; moody?: boolean },
) {
  let book = new LedgerBook(calm)
  let backend: Backend | undefined
  return simulate(invoices, {
    ...{ name: 'invoices', decide, budgetMs: 86_400_000, ...options },
    inputs: samples.map((sample) => ({
      id: sample.number,
      value: Received({ ...sample, hands: ['ann'] }),
    })),
    backend: async (clock) => {
      backend = await openUsual({ clock })
      return backend
    },
    context: ({ random }) => {
      book = new LedgerBook(moody ? { fraction: () => random.fraction() } : calm)
      const ledger = ledgerOver(async ({ key, entry }) => book.answer(key, entry))
      return { prices, ledger }
    },
    check: async ({ tokens }) => {
      // The lines have been children, and are gone.
      const finished = tokens.filter(({ end }) => end !== 'gone')
      expect(finished.map(({ id, end }) => [id, end])).toEqual(
        samples.map(({ number }) => [number, 'output']),
      )
      for (const { value } of finished) expect(value).toMatchObject({ tag: 'Posted', approvedBy: 'bob' })
      const keys = book.booked.map(({ number, key }) => [number, key]).sort()
      expect(keys).toEqual(samples.map(({ number }) => [number, `${number}@invoices/post`]))
      expect((await backend!.gates()).filter(({ held }) => held > 0)).toEqual([])
      for (const { number } of samples)
        expect(await backend!.recall('invoices', number)).toMatchObject({ letters: [] })
    },
  })
}

const long = process.env['CHAOS'] === 'long'

// In the long form it is corrected too, and has two lines.
it('books an invoice once that is late, wherever a process dies', {
  timeout: 180_000 * patience,
}, async () => {
  const lines = [
    { article: 'pencil', quantity: 1, priceCents: long ? 36 : 35 },
    { article: 'stapler', quantity: 2, priceCents: 899 },
  ].slice(long ? 0 : 1)
  const text = writeInvoice({ number: 'dear', supplier: 'The Pencil', lines })
  const { crashes } = await play([{ number: 'dear', text }], { seed: 3, processes: 1 })
  expect(crashes).toBeGreaterThan(long ? 40 : 20)
})

it('books several once at a ledger that fails, while processes die again and again', async () => {
  const samples = [2, 3, 4, 5].map(sampleInvoice)
  for (const seed of long ? [1, 2, 3, 4, 5] : [1])
    await play(samples, { seed, crashes: 15, processes: 3, moody: true })
})
