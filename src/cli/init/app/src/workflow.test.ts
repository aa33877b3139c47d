import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate, type TaskOnDesk } from 'pipewright/simulate'
import { Accepted, Order, orders } from './workflow.ts'

const inputs = [
  { id: 'order-1', value: Order({ text: '3 apples' }) },
  { id: 'order-2', value: Order({ text: 'some pears' }) },
]

// The person at the desk.
function decide({ id, value }: TaskOnDesk) {
  assert.deepEqual([id, value], ['order-2', '"some pears" is no count and item.'])
  return { decision: 'correct', text: '2 pears' }
}

test('what cannot be read goes to a person, and on as decided', async () => {
  const { tokens } = await simulate(orders, { inputs, decide, crashes: 0 })
  assert.deepEqual(
    tokens.map(({ value }) => value),
    [Accepted({ count: 3, item: 'apples' }), Accepted({ count: 2, item: 'pears' })],
  )
})

// Runs the workflow once for each commit and lease: a process dies before it, and in another run after it.
test('no order is lost, wherever a process dies', async () => {
  const { runs } = await simulate(orders, { inputs, decide })
  assert.ok(runs.length > 10)
  for (const { tokens } of runs) assert.ok(tokens.every(({ end }) => end === 'output'))
})
