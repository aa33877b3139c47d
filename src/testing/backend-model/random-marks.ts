import type { Change, Fence } from '../../queue/change.ts'
import type { Marks } from '../../queue/marks.ts'
import type { Random } from './random.ts'

/** What brings a token to a queue, in random changes. */
export const someFault = { kind: 'error', name: 'TornError', message: 'Page 7 of /tmp/a is torn.' } as const

/** Marks with which a message comes, mostly none. */
export function randomMarks(random: Random): Marks | undefined {
  return random.pick<Marks | undefined>([
    undefined,
    undefined,
    { class: 'torn' },
    { due: random.below(9), class: null },
  ])
}

/** A text with which a message comes, mostly none. */
export function randomText(random: Random): string | undefined {
  return random.pick([undefined, undefined, 'Torn: page 7.'])
}

/** Marks that a person sets, on what has been leased or on another message. */
export function marking(
  random: Random,
  { queue, id, fence }: { readonly queue: string; readonly id: string; readonly fence: Fence },
): readonly Change[] {
  const place = random.pick([
    { queue, id },
    { queue: fence.queue, id: fence.id },
  ])
  const more = random.pick([{}, { hop: fence.hop }, { rev: random.below(3) }])
  const skip = random.pick([undefined, true] as const)
  const set = random.pick<Marks>([{ assignee: 'ann' }, { assignee: null, due: 5 }, { class: 'bent' }])
  const text = random.pick([undefined, null, 'A torn page.'])
  return [{ kind: 'mark', ...place, ...more, set, actor: 'ann', skip, text }]
}
