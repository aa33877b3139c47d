import type { Backend } from '../queue/backend.ts'
import type { Family } from '../queue/family.ts'
import type { Journey } from '../queue/journey.ts'
import type { Recalled } from '../queue/letter.ts'

/** What belongs to a token beside its journey: its children, the dead ones by name, and the steps and letters of its stay. */
export interface Around {
  readonly family: Family
  /** The first 100 of them. */
  readonly recalled: Recalled
}

const shownAtMost = 100

/** Looks at what belongs to the token of `journey`. */
export async function lookAround(
  backend: Backend,
  { workflow, id }: Pick<Journey, 'workflow' | 'id'>,
): Promise<Around> {
  const [family, recalled] = await Promise.all([
    backend.family(workflow, id, { limit: shownAtMost }),
    backend.recall(workflow, id, { limit: shownAtMost }),
  ])
  return { family: family ?? { children: noChildren, dead: [] }, recalled }
}

const noChildren = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0, left: 0 }
