import { escapeControls } from '../../app/escape-controls.ts'
import type { Journey, JourneyLine } from '../../queue/journey.ts'
import type { Row } from '../../queue/rows.ts'
import { sayFault } from '../../queue/say-fault.ts'
import type { Around } from '../../run/look-around.ts'
import { aroundOf } from './say-around.ts'
import { sayParked } from './say-parked.ts'
import { table } from './table.ts'
import { sayTime, whereIs } from './where-is.ts'

/** A token's journey for people: where it is, and each line of its travel. */
export function sayJourney(journey: Journey, around?: Around): string {
  const { id, workflow, parent, enteredAt } = journey
  const head = [
    `token ${id} of ${workflow}${parent === undefined ? '' : `, child of ${parent}`}`,
    `entered ${sayTime(enteredAt)}; ${whereIs(journey)}`,
    ...stateOf(journey),
    ...(around ? aroundOf(journey, around) : []),
  ]
  const heading = ['time', 'hop', 'queue', 'event', 'attempt', 'who', 'work ms', 'why']
  const parts = [head.map(escapeControls).join('\n'), table([heading, ...journey.lines.map(lineCells)])]
  return [...parts, ...values(journey), ...lastFault(journey)].join('\n\n')
}

/** What is remembered of its stays, if that was asked for. */
function values({ lines }: Journey): readonly string[] {
  const kept = lines.filter(({ valueBytes }) => valueBytes !== undefined)
  if (kept.length === 0) return []
  const said = kept.map(({ hop, queue, value, frames, valueBytes }) => {
    if (!frames) return `  hop ${hop} in ${queue}: (${valueBytes} bytes; --hop ${hop} shows it)`
    const within = frames.length === 0 ? '' : `, within ${JSON.stringify(frames)}`
    return `  hop ${hop} in ${queue}: ${JSON.stringify(value)}${within}`
  })
  return [['as it was', ...said].map(escapeControls).join('\n')]
}

/** The error that the token has, or had last, in full. */
function lastFault({ row, lines }: Journey): readonly string[] {
  const error = row?.error ?? lines.findLast((line) => line.error)?.error
  if (!error?.stack && !error?.causes) return []
  const said = sayFault(error)
    .split('\n')
    .map((line) => `  ${escapeControls(line)}`)
  return [['the last error', ...said].join('\n')]
}

function stateOf({ row }: Journey): readonly string[] {
  if (!row) return []
  const { value, error, progress, dueAt, parked } = row
  return [
    `state ${JSON.stringify(value)}`,
    ...(progress ? [`progress ${Math.floor(progress.fraction * 100)}% ${progress.note ?? ''}`] : []),
    ...(dueAt === undefined ? [] : [`due ${sayTime(dueAt)}`]),
    ...(parked ? [sayParked(parked)] : []),
    ...(error ? [`error${sayTries(row)}: ${error.name}: ${error.message}`] : []),
  ]
}

/** How often it was tried: ` after 2 attempts and 1 crash`. */
function sayTries({ attempts, crashes }: Row): string {
  const tries = [sayCount(attempts, 'attempt'), sayCount(crashes, 'crash')].filter((said) => said !== '')
  return tries.length > 0 ? ` after ${tries.join(' and ')}` : ''
}

function sayCount(count: number, what: 'attempt' | 'crash'): string {
  if (count === 0) return ''
  return count === 1 ? `1 ${what}` : `${count} ${what}${what === 'crash' ? 'es' : 's'}`
}

function lineCells(line: JourneyLine) {
  const { at, hop, queue, event, attempt, actor, workMs, error, reason, fields } = line
  const decided = fields === undefined ? reason : `${reason ?? ''} ${JSON.stringify(fields)}`
  const why = [decided, error && `${error.name}: ${error.message}`].filter(Boolean).join('; ')
  const work = workMs === undefined ? undefined : Math.round(workMs)
  return [sayTime(at), hop, queue, event, attempt, actor, work, why]
}
