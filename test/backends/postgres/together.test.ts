import { expect, test } from 'vitest'
import { atOnce, oneByOne } from '../../../src/backends/postgres/server/together.ts'

/** Pieces of work that say when they begin and end, of which some fail. */
function pieces(...outcomes: readonly (string | undefined)[]) {
  const said: string[] = []
  const work = outcomes.map((failure, i) => async () => {
    said.push(`begins ${i}`)
    await new Promise((resolve) => setImmediate(resolve))
    said.push(`ends ${i}`)
    if (failure) throw new Error(failure)
  })
  return { said, work }
}

test('one by one, each begins when the one before has ended, and none after one that has failed', async () => {
  const { said, work } = pieces(undefined, 'no', undefined)
  await expect(oneByOne(work)).rejects.toThrow('no')
  expect(said).toEqual(['begins 0', 'ends 0', 'begins 1', 'ends 1'])
})

test('what only follows from the failure of another is not what is told', async () => {
  const follows = Object.assign(new Error('the transaction is aborted'), { code: '25P02' })
  const failing = (error: Error) => async () => {
    throw error
  }
  await expect(atOnce([failing(follows), failing(new Error('the reason'))])).rejects.toThrow('the reason')
  await expect(atOnce([failing(follows), async () => {}])).rejects.toThrow('the transaction is aborted')
})

test('at once, all begin in their order, and the first error is told when all have ended', async () => {
  const { said, work } = pieces(undefined, 'the reason', 'what follows from it')
  await expect(atOnce(work)).rejects.toThrow('the reason')
  expect(said).toEqual(['begins 0', 'begins 1', 'begins 2', 'ends 0', 'ends 1', 'ends 2'])
})
