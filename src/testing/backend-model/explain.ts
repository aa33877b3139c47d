import { AssertionError } from 'node:assert/strict'
import type { Model } from './model.ts'
import type { Moment } from './presence.ts'
import { promotions, type Question } from './question.ts'

/** A question of a turn with the answer that it got. */
export interface Answered {
  readonly question: Question
  readonly answer: unknown
}

/** A question asked next: what the model may be after it, and what is asked later. */
interface Step {
  readonly after: readonly Model[]
  readonly others: readonly Answered[]
}

/**
 * The models that fit the backend after requests of one turn: one for each order in which the model would have given the
 * same answers, beginning with the order of the answers. Throws if there is none: the `AssertionError` of the order that
 * explains the most answers.
 */
export function* explain(model: Model, answered: readonly Answered[], moment: Moment): Generator<Model> {
  const nearest = { left: Number.POSITIVE_INFINITY, error: undefined as unknown }
  let found = false
  for (const each of explainRest(model, answered)) {
    found = true
    yield each
  }
  if (!found) throw nearest.error

  function* explainRest(model: Model, rest: readonly Answered[]): Generator<Model> {
    if (rest.length === 0) yield model
    const before = `${model}`
    const [idle, busy] = [[], []] as [Step[], Step[]]
    for (const [i, each] of rest.entries()) {
      const after = judge(model, each, rest.length)
      const isIdle = after.every((copy) => `${copy}` === before)
      if (after.length > 0) (isIdle ? idle : busy).push({ others: rest.toSpliced(i, 1), after })
    }
    // A request that changes nothing now is most likely the first; after another it may change something.
    for (const { others, after } of [...idle, ...busy])
      for (const copy of after) yield* explainRest(copy, others)
  }

  /** What `model` may be after the question, if the answer is right. */
  function judge(model: Model, { question, answer }: Answered, left: number): readonly Model[] {
    return (question.leases ? promotions : promotions.slice(0, 1)).flatMap((promoted) => {
      const copy = model.copy()
      try {
        question.judge(answer, copy, moment, promoted)
        return [copy]
      } catch (error) {
        if (!(error instanceof AssertionError)) throw error
        if (left < nearest.left) Object.assign(nearest, { left, error })
        return []
      }
    })
  }
}
