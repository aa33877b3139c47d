import { expect, it, onTestFinished } from 'vitest'
import type { Desk, Filter } from '../../../src/index.ts'
import { sampleInvoice } from '../../../workflows/invoices/sample-invoice.ts'
import { Received } from '../../../workflows/invoices/states.ts'
import { writeInvoice } from '../../../workflows/invoices/write-invoice.ts'
import { corrected, openOffice } from './office.ts'

const dayMs = 86_400_000

async function open(options?: Parameters<typeof openOffice>[0]) {
  const office = await openOffice(options)
  onTestFinished(office.close)
  return office
}
type Office = Awaited<ReturnType<typeof open>>

const good = sampleInvoice(1)
const dear = sampleInvoice(5)

function enter({ queues }: Office, { number, text }: { readonly number: string; readonly text: string }) {
  return queues.input.push(number, Received({ number, text, hands: ['dora'] }))
}

/** Lets time pass until `condition` holds. */
async function until({ clock }: Office, condition: () => boolean | Promise<boolean>) {
  for (let step = 0; step < 200; step++) {
    if (await condition()) return
    await clock.advance(100)
  }
  throw new Error('It has not come true in 20 s.')
}

async function on(desk: Desk, id: string, office: Office) {
  await until(office, async () => (await desk.list()).tasks.some((task) => task.id === id))
  return desk.get(id)
}

async function finished(office: Office) {
  await until(office, async () => (await office.backend.list('invoices/output')).rows.length > 0)
  return office.queues.output.read()
}

it('an invoice is checked, approved by another person, posted, and leaves', async () => {
  const office = await open()
  await enter(office, good)
  const task = await on(office.approve, good.number, office)
  expect(task.value).toMatchObject({ supplier: 'Paper & Sons', lines: [{ article: 'paper-a4' }, {}, {}] })
  await office.approve.decide(good.number, { decision: 'approve' }, { hop: task.hop, by: 'ann' })
  const { id, value } = await finished(office)
  expect([id, value]).toEqual([
    'sample-1',
    {
      ...{ tag: 'Posted', number: 'sample-1', supplier: 'Paper & Sons', approvedBy: 'ann', booking: 'B-1' },
      totalCents: task.value!.totalCents,
    },
  ])
  expect(office.book.booked.map(({ number, key }) => [number, key])).toEqual([
    ['sample-1', 'sample-1@invoices/post'],
  ])
})

it('no person approves an invoice that they have entered or corrected', async () => {
  const office = await open()
  await enter(office, dear)
  const faulty = await on(office.correct, dear.number, office)
  expect(faulty.value?.why).toBe('Line 2: "pencil" costs 0.70, and 0.35 by the price list.')
  const text = corrected(dear.number, dear.text)
  await office.correct.decide(dear.number, { decision: 'correct', text }, { hop: faulty.hop, by: 'bob' })
  const { hop } = await on(office.approve, dear.number, office)
  const approve = (by: string) => office.approve.decide(dear.number, { decision: 'approve' }, { hop, by })
  await expect(approve('bob')).rejects.toThrow('bob has entered or corrected this invoice')
  await expect(approve('Dora ')).rejects.toThrow('another person has to approve it')
  await approve('ann')
  expect((await finished(office)).value).toMatchObject({ tag: 'Posted', approvedBy: 'ann' })
})

it('what was not approved in three days goes to the second desk, where four eyes are asked for too', async () => {
  const office = await open()
  await enter(office, good)
  await on(office.approve, good.number, office)
  office.clock.stall(3 * dayMs - 60_000)
  await office.clock.advance(1000)
  expect((await office.approve.list()).tasks).toHaveLength(1)
  office.clock.stall(60_000)
  const { hop, state } = await on(office.escalation, good.number, office)
  expect(state).toMatchObject({ tag: 'Escalated' })
  expect((await office.approve.list()).tasks).toEqual([])
  const approve = (by: string) => office.escalation.decide(good.number, { decision: 'approve' }, { hop, by })
  await expect(approve('dora')).rejects.toThrow('dora has entered or corrected this invoice')
  await approve('carl')
  expect((await finished(office)).value).toMatchObject({ tag: 'Posted', approvedBy: 'carl' })
})

it('what a person refuses is corrected, or rejected for good', async () => {
  const office = await open()
  await enter(office, good)
  const { hop } = await on(office.approve, good.number, office)
  await office.approve.decide(good.number, { decision: 'refuse', why: 'never ordered' }, { hop, by: 'ann' })
  const task = await on(office.correct, good.number, office)
  expect(task.value?.why).toBe('ann has refused it: never ordered')
  await office.correct.decide(
    good.number,
    { decision: 'reject', why: 'a fraud' },
    { hop: task.hop, by: 'bob' },
  )
  expect((await finished(office)).value).toEqual({
    tag: 'Rejected',
    number: 'sample-1',
    by: 'bob',
    why: 'a fraud',
  })
  expect(office.book.requests).toBe(0)
})

it('what cannot be read goes to the desk at once, and every fault of the lines is named', async () => {
  const office = await open()
  await enter(office, { number: 'odd', text: 'number: [' })
  const lines = [
    { article: 'gold', quantity: 1, priceCents: 1 },
    { article: 'pencil', quantity: 2, priceCents: 35 },
    { article: 'stapler', quantity: 1, priceCents: 900 },
  ]
  const text = writeInvoice({ number: 'wrong', supplier: 'S', lines }).replace(/total: .*/, 'total: "1.00"')
  await enter(office, { number: 'wrong', text })
  expect((await on(office.correct, 'odd', office)).value?.why).toContain('It is not valid YAML')
  expect((await on(office.correct, 'wrong', office)).value?.why).toBe(
    'Line 1: "gold" is not on the price list. Line 3: "stapler" costs 9.00, and 8.99 by the price list. ' +
      'The lines make 9.71, and the total is 1.00.',
  )
})

it('the desk finds invoices by supplier and amount', async () => {
  const office = await open()
  for (const n of [1, 2, 3, 4]) await enter(office, sampleInvoice(n))
  for (const n of [1, 2, 3, 4]) await on(office.approve, `sample-${n}`, office)
  const list = async (marks: Filter['marks']) =>
    (await office.approve.list({ only: { marks } })).tasks.map(({ id }) => id).sort()
  expect(await list({ supplier: { any: ['Paper & Sons'] } })).toEqual(['sample-1', 'sample-4'])
  expect(await list({ amount: { from: 50 } })).toEqual(['sample-1', 'sample-3'])
  expect(await list({ amount: { from: 50 }, supplier: { none: ['Paper & Sons'] } })).toEqual(['sample-3'])
})

it('a ledger that is busy is left alone by all, uncharged, until it wants to be asked again', async () => {
  const lucks = [0.01, 0.5]
  const office = await open({
    failing: { fraction: () => lucks.shift() ?? 0.5, failing: 0 },
    tuning: { work: { retry: { attempts: 1 } } },
  })
  await enter(office, good)
  const { hop } = await on(office.approve, good.number, office)
  await office.approve.decide(good.number, { decision: 'approve' }, { hop, by: 'ann' })
  const gate = async () => (await office.backend.gates()).find(({ name }) => name === 'ledger')
  await until(office, async () => (await gate())?.closed === true)
  expect(await gate()).toMatchObject({ reason: 'the ledger has answered 429', held: 0, why: 'closed' })
  await office.clock.advance(900)
  expect(office.book.requests).toBe(1)
  expect((await finished(office)).value).toMatchObject({ tag: 'Posted' })
  expect(office.book.requests).toBe(2)
})

it('an invoice that was booked without an answer, and corrected then, is not booked again', async () => {
  // Booked, but the answer is lost; then all is well.
  const lucks = [0.2]
  const office = await open({
    failing: { fraction: () => lucks.shift() ?? 0.5 },
    tuning: { work: { retry: { attempts: 1 } } },
  })
  await enter(office, good)
  const pass = async (by: string) => {
    const { hop } = await on(office.approve, good.number, office)
    await office.approve.decide(good.number, { decision: 'approve' }, { hop, by })
  }
  await pass('ann')
  const first = await on(office.correct, good.number, office)
  expect(first.value?.why).toBe('The ledger has answered 502: The proxy has lost the answer.')
  const more = writeInvoice({
    number: 'sample-1',
    supplier: 'S',
    lines: [{ article: 'pencil', quantity: 1, priceCents: 1 }],
  })
  await office.correct.decide(good.number, { decision: 'correct', text: more }, { hop: first.hop, by: 'bob' })
  await pass('ann')
  const second = await on(office.correct, good.number, office)
  expect(second.value?.why).toContain('The ledger has booked it before, as B-1 with')
  await office.correct.decide(
    good.number,
    { decision: 'correct', text: good.text },
    { hop: second.hop, by: 'bob' },
  )
  await pass('ann')
  expect((await finished(office)).value).toMatchObject({ tag: 'Posted', booking: 'B-1' })
  expect(office.book.booked).toHaveLength(1)
})

it('what the ledger refuses for good is corrected by a person', async () => {
  const office = await open({ failing: { fraction: () => 0.9, unknown: ['Paper & Sons'] } })
  await enter(office, good)
  const { hop } = await on(office.approve, good.number, office)
  await office.approve.decide(good.number, { decision: 'approve' }, { hop, by: 'ann' })
  const task = await on(office.correct, good.number, office)
  expect(task.value?.why).toBe('The ledger refuses it: There is no supplier "Paper & Sons".')
})

it('an invoice enters once, under its own number', async () => {
  const office = await open()
  await enter(office, good)
  await expect(enter(office, good)).rejects.toMatchObject({ code: 'conflict' })
  const value = Received({ ...good, hands: ['dora'] })
  await expect(office.queues.input.push('other', value)).rejects.toMatchObject({ code: 'invalid' })
})
