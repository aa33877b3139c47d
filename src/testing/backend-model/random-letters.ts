import type { Change, Fence, Push } from '../../queue/change.ts'
import type { Wait } from '../../queue/wait.ts'
import { someFault, workflow } from '../backend-suite/fixture.ts'
import type { Random } from './random.ts'
import { tags } from './versions.ts'

/** The material of changes that have to do with letters. */
export interface LetterMaterial {
  readonly queue: string
  readonly id: string
  readonly fence: Fence
  /** Numbers of letters that are, or were, in boxes. */
  readonly seqs: readonly number[]
  readonly entry: Push
}

const names = ['x', 'y'] as const

/** A letter, something to remember, a rest until letters come, or a child. */
export function randomLetters(random: Random, material: LetterMaterial): readonly Change[] {
  const act = random.below(8)
  if (act < 3) return [letter(random, material)]
  if (act < 5) return [remember(random, material)]
  if (act === 5) return [...random.pick([[], [letter(random, material)]]), rest(random, material.fence)]
  return [entrant(random, material)]
}

function letter(random: Random, { id, fence }: LetterMaterial): Change {
  const to = random.pick([{ id }, { id: fence.id }, { id: fence.id, hop: fence.hop }])
  const said = random.pick([{ value: random.below(9) }, { value: null }, {}, { failure: someFault }])
  const key = random.pick([undefined, 'k', 'l'])
  return { kind: 'mail', workflow, ...to, name: random.pick(names), key, from: 'me', ...said }
}

function remember(random: Random, { fence, seqs }: LetterMaterial): Change {
  const path = String(random.below(4))
  const step = { path, kind: 'step', name: 'do', deploy: 1, value: random.below(9) } as const
  return {
    kind: 'remember',
    ...fence,
    ...random.pick([
      { steps: [step] },
      { steps: [step], reads: seqs.slice(-1) },
      { reads: seqs.filter(() => random.below(2) === 0) },
      { value: { tag: random.pick(tags) } },
      { forgive: true } as const,
    ]),
  }
}

function rest(random: Random, fence: Fence): Change {
  const delayMs = random.pick([undefined, undefined, 700])
  return { kind: 'postpone', charge: random.below(4) === 0, ...fence, delayMs, wait: wait(random) }
}

function wait(random: Random): Wait {
  const one = { name: random.pick(names), count: random.pick([undefined, 2]) }
  return {
    for: random.pick([[one], [{ name: 'x' }, { name: 'y', count: 2 }]]),
    failFast: random.pick([undefined, true]),
  }
}

/** A token that waits, is dead, or owes its parent a reply. */
function entrant(random: Random, { fence, entry }: LetterMaterial): Change {
  const { id, hop } = fence
  const settle = random.pick([undefined, undefined, true] as const)
  const reply = {
    workflow,
    id,
    hop,
    name: random.pick(names),
    key: random.pick(['k', entry.token.id]),
    settle,
  }
  const parentHop = random.pick([undefined, undefined, hop])
  const child = { ...entry, token: { ...entry.token, parent: id }, reply, parentHop }
  return random.pick<Change>([
    child,
    child,
    { ...entry, delayMs: random.pick([undefined, 700]), wait: wait(random) },
    { ...entry, delayMs: 0, dead: someFault },
  ])
}
