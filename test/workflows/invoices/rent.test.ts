import { expect, it, onTestFinished } from 'vitest'
import { cron } from '../../../src/index.ts'
import { readInvoice } from '../../../workflows/invoices/read-invoice.ts'
import { rent } from '../../../workflows/invoices/rent.ts'
import { openOffice } from './office.ts'

const dayMs = 86_400_000

it('the rent enters for the first of each month, also of those in which nothing ran, and waits for an approval', async () => {
  const office = await openOffice()
  onTestFinished(office.close)
  const stop = new AbortController()
  const running = cron(office.queues, { rent })(stop.signal)
  // The clock begins on the first of January, at midnight; then nothing runs until the middle of February.
  await office.clock.advance(1000)
  office.clock.stall(45 * dayMs)
  await office.clock.advance(61_000)
  const waiting = async () => (await office.approve.list()).tasks.map(({ id }) => id).sort()
  for (let step = 0; step < 50 && (await waiting()).length < 2; step++) await office.clock.advance(100)
  expect(await waiting()).toEqual(['rent-2030-01', 'rent-2030-02'])
  stop.abort()
  await running
  const value = await rent.value(new Date(0))
  expect(readInvoice('rent-1970-01', value.text)).toMatchObject({
    supplier: 'House & Home',
    totalCents: 120_000,
  })
})
