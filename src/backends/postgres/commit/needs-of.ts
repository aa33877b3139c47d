import type { Change, Fence } from '../../../queue/change.ts'
import { commonNames } from '../../../queue/rules/gate-record.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { Needs } from './needs.ts'

/** What can be said before a commit runs of what it will read. What is left out is asked for as it runs. */
export function needsOf(changes: readonly Change[], queues: QueueNames): Needs {
  const needs = new Needs()
  const token = (queue: string, id: string) => {
    const workflow = queues.find(queue)?.workflow
    if (workflow !== undefined) needs.add('id', { workflow, id })
  }
  const lane = (name: string, key: string | undefined) => {
    const queue = queues.find(name)
    const isItself = queue?.keyed && !queue.heirs && !queue.isRetired
    if (isItself && key !== undefined && key !== '') needs.add('lane', { queue: queue.ref, key })
  }
  let entering = 0
  let revisions = 0
  for (const change of changes) {
    switch (change.kind) {
      case 'push': {
        const { id, parent } = change.token
        token(change.queue, id)
        lane(change.queue, change.key)
        if (change.enter === undefined) break
        entering++
        if (change.parentHop !== undefined && parent !== undefined) token(change.queue, parent)
        break
      }
      case 'mail':
        needs.add('id', { workflow: change.workflow, id: change.id })
        break
      case 'put':
      case 'drop': {
        const { workflow, id, key } = change
        if (change.kind === 'put') revisions++
        if (id === undefined) needs.add('record', { workflow, token: 0, hop: 0, key })
        else needs.add('id', { workflow, id })
        break
      }
      case 'gate':
        needs.add('gate', { name: change.name, key: '' })
        break
      case 'line':
        if (change.queue !== undefined && change.id !== undefined) token(change.queue, change.id)
        break
      default: {
        token(change.queue, change.id)
        const queue = queues.find(change.queue)
        // The gate of a key has the settings of the one for all.
        for (const name of queue?.gated ? commonNames(standOf(queue)) : [])
          needs.add('gate', { name, key: '' })
      }
    }
  }
  needs.draw('tokens', entering)
  needs.draw('revisions', revisions)
  return needs
}

/** The tokens that fences are of. What would lock them later, as a statement of a renewal, might wait in a circle with another transaction. */
export function needsOfFences(fences: readonly Fence[], queues: QueueNames): Needs {
  const needs = new Needs()
  for (const { queue, id } of fences) {
    const workflow = queues.find(queue)?.workflow
    if (workflow !== undefined) needs.add('id', { workflow, id })
  }
  return needs
}

/** The zones of queues, of those that are in one. */
export function zonesOf(queues: QueueNames, of: readonly (QueueEntry | undefined)[]): readonly string[] {
  return of.flatMap((queue) => (queue && queues.zoneOf(queue)) ?? [])
}

/** The zones of the gates and lanes that a commit changes, as far as that can be said before it runs. */
export function zonesOfChanges(changes: readonly Change[], queues: QueueNames): readonly string[] {
  const zones = new Set<string>()
  for (const change of changes) {
    if (change.kind === 'gate') zones.add(queues.zoneOfGate(change.name))
    const name = 'queue' in change ? change.queue : undefined
    for (const zone of name === undefined ? [] : zonesOf(queues, [queues.find(name)])) zones.add(zone)
  }
  return [...zones]
}
