import type { Change, Fence, Push } from '../../queue/change.ts'
import { entering, workflow } from '../backend-suite/fixture.ts'
import type { Random } from './random.ts'
import { randomLetters } from './random-letters.ts'
import { marking, randomMarks, randomText, someFault } from './random-marks.ts'
import { tags } from './versions.ts'

/** The material of random changes. */
export interface Material {
  readonly queues: readonly string[]
  readonly ids: readonly string[]
  /** Makes an id that no token has had. */
  readonly fresh: () => string
  /** Of leases that were given, the latest last; many of them do not hold any more. */
  readonly fences: readonly Fence[]
  /** Revisions of records that are there. */
  readonly revs: readonly number[]
  /** Numbers of letters that are, or were, in boxes. */
  readonly seqs: readonly number[]
}

const modes = ['refuse', 'refuse', 'ignore', 'replace'] as const

/** One random commit: mostly valid, often not. */
export function randomChanges(
  random: Random,
  { queues, ids, fresh, fences, revs, seqs }: Material,
): readonly Change[] {
  const queue = random.pick(queues)
  const id = random.pick(ids)
  const delayMs = random.pick([0, 0, 0, 700])
  const fence = fences.at(-1 - random.below(Math.min(fences.length, 6)))
  const act = random.below(41)
  const entering = { queue, id: random.below(2) === 0 ? fresh() : id, delayMs }
  if (act < 5 || !fence) return [entry(random, entering)]
  if (act < 10) return hop(random, { queue, fence, delayMs })
  if (act === 10) {
    const suspect = random.pick([undefined, undefined, true] as const)
    const error = random.pick([undefined, someFault])
    return [{ kind: 'postpone', delayMs, charge: random.below(2) === 0, suspect, error, ...fence }]
  }
  if (act === 11)
    return [
      {
        kind: 'bury',
        ...fence,
        attempt: random.pick([undefined, 2]),
        error: random.pick([undefined, someFault]),
      },
    ]
  if (act === 12) return [{ kind: 'pop', event: 'discarded', ...fence }]
  if (act === 13) return [{ kind: 'remember', progress: { fraction: random.below(100) / 100 }, ...fence }]
  if (act === 14) return [{ kind: 'revive', queue, id, forget: random.pick([undefined, 'steps'] as const) }]
  if (act === 15) return [{ kind: 'accompany', ...fence }]
  if (act === 16) return sentOn(random, { queue, fence, delayMs })
  if (act > 38) {
    const hold = { ...fence, units: random.below(3) }
    return [{ kind: 'gate', name: random.pick(['room', 'press']), hold }]
  }
  if (act > 35) return marking(random, { queue, id, fence })
  if (act === 34)
    return [comingBack(random, { queue, fence: { ...fence, id: random.pick([id, fence.id]) }, delayMs })]
  if (act === 35) return [{ kind: 'line', event: 'commented', queue, id, actor: 'ann', reason: 'Why?' }]
  if (act > 25) return randomLetters(random, { queue, id, fence, seqs, entry: entry(random, entering) })
  if (act > 20) return recording(random, { id, fence, revs, entry: entry(random, entering) })
  const more = random.pick([{}, { unheld: true }, { hop: fence.hop }, { descend: true } as const])
  const skip = random.pick([undefined, true] as const)
  const taken = { queue, id: random.pick([id, fence.id]), skip }
  const revive = { kind: 'revive', queue, id, skip } as const
  const event = 'descend' in more ? 'cancelled' : random.pick(['cancelled', 'cancelled', 'undone'] as const)
  return [{ kind: 'take', event, ...taken, ...more }, ...random.pick([[], [revive]])]
}

/** A token that has left comes back, or, more often, one that is there may not. */
function comingBack(random: Random, { queue, fence: { id, hop }, delayMs }: Hop): Push {
  const push = entering(id, { queue, value: { tag: random.pick(tags) }, enter: 'replace', delayMs })
  return { ...push, event: 'rerun', lastHop: random.pick([undefined, undefined, hop]) }
}

/** A message that is sent on without a lease, if it is still there. */
function sentOn(random: Random, { queue, fence, delayMs }: Hop): readonly Change[] {
  const { id, hop } = fence
  const more = random.pick([{}, { unheld: true }])
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }
  const value = { tag: random.pick(tags) }
  return [
    {
      kind: 'take',
      queue: fence.queue,
      id,
      hop,
      skip: true,
      event: random.pick(['decided', 'edited']),
      ...more,
    },
    { kind: 'push', queue, token, value, delayMs },
  ]
}

interface Recording {
  readonly id: string
  readonly fence: Fence
  readonly revs: readonly number[]
  readonly entry: Push
}

/** A record is kept or dropped, alone or beside an entry that is to happen once. */
function recording(random: Random, { id, fence, revs, entry }: Recording): readonly Change[] {
  const scope = random.pick([{}, { id }, { id: fence.id, hop: fence.hop }])
  const ifRev = random.pick([undefined, undefined, 0, ...revs])
  const at = { workflow, ...scope, key: random.pick(['k', 'l']), ifRev }
  const value = random.pick([undefined, random.below(100)])
  const put = { kind: 'put', ...at, value, forMs: random.pick([undefined, 700]) } as const
  return random.pick<readonly Change[]>([
    [put],
    [{ kind: 'drop', ...at }],
    [put, { kind: 'drop', ...at }],
    [{ ...put, value: undefined, ifRev: undefined, repeat: true }, entry],
  ])
}

/**
 * A new token beside the answer of a worker that is probably late: then the token must not enter, and nothing that the
 * backend has learnt of it in this transaction may be applied to another token that gets its number.
 */
export function lateAnswer(random: Random, { queue, id, fences }: LateAnswer): readonly Change[] {
  const late = { kind: 'pop', event: 'moved', ...random.pick(fences) } as const
  return [entry(random, { queue, id, delayMs: 0 }), late]
}

interface LateAnswer {
  readonly queue: string
  readonly id: string
  /** Of leases that were given; not empty. */
  readonly fences: readonly Fence[]
}

/** A token from outside. */
function entry(random: Random, { queue, id, delayMs }: { queue: string; id: string; delayMs: number }): Push {
  const parent = random.pick([undefined, undefined, 'a'])
  const frames = random.pick([[], [], [{ set: 'aside' }]])
  const priority = random.pick([0, 0, -1, 5])
  const value = { tag: random.pick(tags) }
  const traceparent = parent && traceparentOf(random.below(16))
  const enter = random.pick(modes)
  const tolls = random.pick([undefined, undefined, { press: 2 }, { room: 2, second: 2 }, { each: 2 }])
  const key = random.pick([undefined, undefined, 'x', 'y'])
  const marks = randomMarks(random)
  const text = randomText(random)
  return entering(id, {
    ...{ queue, value, enter, delayMs, priority, parent, frames, traceparent, tolls, key, marks, text },
  })
}

function traceparentOf(n: number): string {
  const digit = n.toString(16)
  return `00-${digit.repeat(31)}1-${digit.repeat(15)}1-01`
}

const moved = { event: 'moved' } as const
const gaveUp = { event: 'failed', error: someFault } as const

interface Hop {
  readonly queue: string
  readonly fence: Fence
  readonly delayMs: number
}

/** A hop, sometimes with a child; now and then one that forgets to leave, or arrives twice. */
function hop(random: Random, { queue, fence, delayMs }: Hop): readonly Change[] {
  // A token keeps the parent and the trace with which it entered; backends must ignore those of a hop.
  const parent = random.pick([undefined, 'b'])
  const token = { id: fence.id, hop: fence.hop + 1, frames: [], priority: random.below(3), parent, deploy: 1 }
  const leave = { kind: 'pop', ...random.pick([moved, moved, gaveUp]), ...fence } as const
  const value = { tag: random.pick(tags) }
  const traceparent = parent && traceparentOf(15)
  const frees = random.pick([undefined, undefined, ['room']])
  const key = random.pick([undefined, 'x'])
  const marks = randomMarks(random)
  const arrive = { kind: 'push', queue, token, value, delayMs, traceparent, frees, key, marks } as const
  const child = entering(`${fence.id}+`, {
    ...{ queue: fence.queue, value, enter: 'ignore', parent: fence.id },
  })
  return random.pick<readonly Change[]>([
    [leave, arrive],
    [leave, arrive],
    [leave, arrive],
    [leave, arrive, child],
    [arrive],
    [leave, arrive, arrive],
  ])
}
