import { expect, it } from 'vitest'
import type { WorkContext } from '../../src/index.ts'
import { simulate } from '../on/simulate.ts'
import { entering, makeShop } from './shop.ts'

/** A shop whose first stage pays elsewhere, under a key. Of each first visit the answer is lost, and a person says: again. */
function pay(keyOf: (ctx: WorkContext) => string) {
  const shop = makeShop({
    first: (text, ctx) => {
      const { paid } = ctx as WorkContext<{ paid: Set<string> }>
      paid.add(`${text} ${keyOf(ctx)}`)
      if (ctx.hop === 1) throw new Error('The connection was reset.')
      return text
    },
  })
  return simulate(shop, {
    seed: 3,
    inputs: entering('a', 'b'),
    context: () => ({ paid: new Set<string>() }),
    decide: () => ({ decision: 'again' }),
    check({ context }) {
      const { paid } = context as { paid: Set<string> }
      const times = [...paid].filter((each) => each.startsWith('a ')).length
      if (times !== 1) throw new Error(`"a" was paid under ${times} keys`)
    },
  })
}

it('finds what is done under one key at each visit to a stage', async () => {
  await expect(pay(({ key }) => key)).rejects.toThrow('"a" was paid under 2 keys')
})

it('gives a token one key for all its visits to a stage', async () => {
  const { runs } = await pay(({ stageKey }) => stageKey)
  expect(runs.length).toBeGreaterThan(10)
})
