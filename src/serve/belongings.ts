import type { Backend } from '../queue/backend.ts'
import type { Fault } from '../queue/change.ts'
import type { Family } from '../queue/family.ts'
import type { Journey } from '../queue/journey.ts'
import { showingError, shownFault } from '../queue/shown-fault.ts'
import { lookAround } from '../run/look-around.ts'

/** What belongs to a token beside its journey: its children, if it has had any, and the steps and letters of its stay. */
export async function belongings(backend: Backend, token: Pick<Journey, 'workflow' | 'id'>) {
  const { family, recalled } = await lookAround(backend, token)
  const { steps, letters } = recalled
  return { children: childrenOf(family), steps: steps.map(shown), letters: letters.map(shown) }
}

function childrenOf({ children, dead }: Family) {
  if (Object.values(children).every((count) => count === 0)) return undefined
  return { ...children, deadOnes: dead.map(({ owes: _, ...child }) => showingError(child)) }
}

function shown<T extends { readonly failure?: Fault | undefined }>({ failure, ...rest }: T) {
  return { ...rest, ...(failure && { failure: shownFault(failure) }) }
}
