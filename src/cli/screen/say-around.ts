import type { Journey } from '../../queue/journey.ts'
import type { Letter } from '../../queue/letter.ts'
import type { Step } from '../../queue/step.ts'
import type { Around } from '../../run/look-around.ts'

const shownAtMost = 100
const namedAtMost = 5

/** What a token waits for, its children, and what is remembered of its stay, in lines. */
export function aroundOf({ row }: Journey, around: Around): readonly string[] {
  const { family, recalled } = around
  const { steps, letters, next } = recalled
  return [
    ...(row?.waits ? [sayWaits(row.waits, around)] : []),
    ...sayChildren(family.children),
    ...family.dead.slice(0, shownAtMost).map((child) => {
      const why = child.error ? `: ${child.error.name}: ${child.error.message}` : ''
      return `dead child ${child.id} in ${child.queue}${why}`
    }),
    ...steps.map(sayStep),
    ...letters.map(sayLetter),
    ...(next === undefined ? [] : ['... and more steps or letters']),
  ]
}

/** `waits for 3 of 40 letters "page": page-7 is dead`. */
function sayWaits(waits: NonNullable<NonNullable<Journey['row']>['waits']>, { family }: Around): string {
  const names = waits.for.map(
    ({ name, count, missing }) => `${missing} of ${count} ${count === 1 ? 'letter' : 'letters'} "${name}"`,
  )
  const owing = family.dead.filter(({ owes }) => owes).map(({ id }) => id)
  return `waits for ${names.join(' or ')}${sayDead(owing, family.next !== undefined)}`
}

function sayDead(ids: readonly string[], isMore: boolean): string {
  if (ids.length === 0) return ''
  const named = ids.slice(0, namedAtMost).join(', ')
  const others = ids.length > namedAtMost || isMore ? ' and others' : ''
  return `: ${named}${others} ${ids.length === 1 && others === '' ? 'is' : 'are'} dead`
}

function sayChildren({ left, ...living }: Around['family']['children']): readonly string[] {
  const parts = Object.entries({ ...living, gone: left }).filter(([, count]) => count > 0)
  return parts.length === 0
    ? []
    : [`children: ${parts.map(([what, count]) => `${count} ${what}`).join(', ')}`]
}

function sayStep({ path, kind, name, value, failure }: Step): string {
  return `${kind} ${path} ${name}${sayOutcome({ value, failure })}`
}

function sayLetter({ name, key, from, value, failure }: Letter): string {
  const about = [key && `key ${key}`, from !== undefined && `from ${from}`].filter(Boolean).join(', ')
  return `letter ${name}${about && ` (${about})`}${sayOutcome({ value, failure })}`
}

function sayOutcome({ value, failure }: Pick<Step, 'value' | 'failure'>): string {
  if (failure) return `: ${failure.name}: ${failure.message}`
  return value === undefined ? '' : ` ${JSON.stringify(value).slice(0, 200)}`
}
