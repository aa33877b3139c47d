import assert from 'node:assert/strict'
import type { Fixture } from '../backend-suite/fixture.ts'
import type { Model } from './model.ts'

/**
 * Asserts that the boxes of tokens hold the letters that they have in the model, in that order, and that the same steps are
 * recorded. The numbers of the letters are known to the model afterwards.
 */
export async function compareBoxes({ backend }: Fixture, model: Model): Promise<void> {
  for (const token of model.boxes.tokens) {
    const [workflow, id] = JSON.parse(token) as [string, string]
    const { letters, steps } = await backend.recall(workflow, id)
    const wanted = model.boxes.of(token)
    assert.deepEqual(
      letters.map(({ name, key, hop, value, failure, from }) => ({
        ...{ name, key, hop, value, from },
        isFailure: failure !== undefined,
      })),
      wanted.letters.map(({ name, key = '', hop, value, isFailure, from }) => ({
        ...{ name, key, hop, value, from },
        isFailure,
      })),
      `the letters of "${id}"`,
    )
    assert.deepEqual(
      steps.map(({ path }) => path),
      wanted.paths,
      `the steps of "${id}"`,
    )
    for (const [i, { seq }] of letters.entries()) {
      const letter = wanted.letters[i]!
      if (letter.seq !== undefined) assert.equal(seq, letter.seq, 'the number of a letter')
      letter.seq = seq
    }
  }
}
