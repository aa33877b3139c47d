import { expect, it } from 'vitest'
import { Defect } from '../../../../workflows/books/defect.ts'
import { askingGrin, type GrinContext } from '../../../../workflows/books/stages/asking-grin.ts'

/** A stage whose request fails, and a GRIN that answers a second one after so long. */
function asking(answers: boolean, afterMs: number) {
  let now = 0
  const grin = {
    answers: async () => {
      now += afterMs
      return answers
    },
  }
  const ctx = { grin, now: () => now, signal: new AbortController().signal, pass: async () => {} }
  const stage = askingGrin(async () => {
    throw new Defect('GRINError', 'GRIN answered 503.')
  })
  return stage(null, ctx as unknown as GrinContext)
}

it('charges a book for its own failure only', async () => {
  await expect(asking(true, 100)).rejects.toMatchObject({ name: 'Defect' })
  await expect(asking(false, 100)).rejects.toMatchObject({ closeGate: { name: 'grin', forMs: 300_000 } })
})

it('charges no book for an outage that is over when the second request is let through', async () => {
  await expect(asking(true, 300_000)).rejects.toMatchObject({ closeGate: { name: 'grin', forMs: 1000 } })
})
