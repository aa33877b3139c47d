import type { Take } from '../change.ts'
import type { Debtor } from './box-world.ts'
import type { Departures } from './departures.ts'
import { takeOut } from './take-out.ts'
import type { RuledQueue, World } from './world.ts'

/** So many descendants are taken in one commit at most, so that none is long. */
const most = 1000

interface Visit {
  readonly id: string
  /** Undefined for the token that was named: it is taken by itself. */
  readonly token: number | undefined
  /** Children that were found and not visited yet, the next one last. */
  children: Debtor[]
  /** The number after which others may be found. */
  after: number
}

/**
 * The first descendants of a token that are to be taken, each after all of its own: so those that are left can still be
 * reached, through tokens that are still there, by the next commit.
 */
function descendantsOf<Queue extends RuledQueue>(
  world: World<Queue>,
  workflow: string,
  id: string,
): readonly string[] {
  const found: string[] = []
  const met = new Set<string>([id])
  const path: Visit[] = [{ id, token: undefined, children: [], after: 0 }]
  while (path.length > 0 && found.length < most) {
    const visit = path.at(-1)!
    const child = nextChild(world, workflow, visit)
    if (child === undefined) {
      path.pop()
      if (visit.token !== undefined) found.push(visit.id)
    } else if (!met.has(child.id)) {
      met.add(child.id)
      path.push({ ...child, children: [], after: 0 })
    }
  }
  return found
}

function nextChild<Queue extends RuledQueue>(
  world: World<Queue>,
  workflow: string,
  visit: Visit,
): Debtor | undefined {
  if (visit.children.length === 0) {
    const page = world.box.debtors(workflow, visit.id, { after: visit.after, limit: most })
    visit.children = page.toReversed()
    visit.after = page.at(-1)?.token ?? visit.after
  }
  return visit.children.pop()
}

/** Takes the first descendants of a token out of their queues; returns how many. */
export function takeDescendants<Queue extends RuledQueue>(
  world: World<Queue>,
  departures: Departures<Queue>,
  { workflow, change }: { readonly workflow: string; readonly change: Take },
): number {
  const ids = descendantsOf(world, workflow, change.id)
  for (const id of ids) takeOut(world, departures, { known: world.known(workflow, id)!, change })
  return ids.length
}
