import type { LaidOut } from '../pipeline/lay-out.ts'
import type { LaidQueue } from '../pipeline/pipeline.ts'
import type { Backend } from '../queue/backend.ts'
import type { Change } from '../queue/change.ts'
import { failureOf } from '../queue/fault.ts'
import type { JourneyLine } from '../queue/journey.ts'
import { openStored } from '../queue/lens.ts'
import type { HistoryLine } from '../queue/lines.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import type { Token } from '../queue/token.ts'
import { checkDecision } from '../run/desk/check-decision.ts'
import { isCutRecord } from '../run/desk/decision-record.ts'
import { heirIn } from '../run/travel/find-stage.ts'

/** A turn that would come out otherwise: where it led, and where it would lead, or why it would be refused. */
interface Difference {
  readonly id: string
  readonly queue: string
  readonly hop: number
  readonly event: HistoryLine['event']
  readonly was: string
  readonly would: string
}

/** What a replay of remembered turns has found. */
export interface Shadow {
  /** Turns that were replayed as far as that is possible without work. */
  readonly replayed: number
  /** Of these, those whose outcome was worked out: decisions and failures. */
  readonly decided: number
  /** Turns whose value was not kept, or not all of what was decided with. */
  readonly unknown: number
  readonly differences: readonly Difference[]
}

type Layout = Pick<LaidOut<unknown, unknown>, 'stages' | 'output'>
type Turn = HistoryLine & { readonly id: string; readonly hop: number; readonly queue: string }

const worthReplaying: ReadonlySet<string> = new Set(['entered', 'decided', 'failed', 'buried', 'moved'])

/**
 * Replays with today's stages what is remembered of a workflow since a time: whether what was stored still fits and `pre` still
 * opens it, and where decisions and failures lead by `post`, `failed` and the routes. Handlers have effects, so no work is done
 * again: of what a worker has done only the beginning is replayed. Changes nothing.
 */
export async function shadowTurns(
  backend: Backend,
  workflow: string,
  { layout, since }: { readonly layout: Layout; readonly since: number },
): Promise<Shadow> {
  const differences: Difference[] = []
  const counts = { replayed: 0, decided: 0, unknown: 0 }
  for await (const turn of turnsSince(backend, workflow, since)) {
    if (!isEnd(layout, turn) && turn.event !== 'entered') continue
    const result = await replay(backend, layout, turn)
    if (result === 'later') continue
    if (result === 'unknown') {
      counts.unknown++
      continue
    }
    counts.replayed++
    if (turn.event !== 'entered' && turn.event !== 'moved') counts.decided++
    if (result) differences.push(result)
  }
  return { ...counts, differences }
}

async function* turnsSince(backend: Backend, workflow: string, from: number): AsyncIterable<Turn> {
  for (let after: string | undefined; ; ) {
    const { lines, next } = await backend.lines({ from, after, limit: 500 })
    for (const line of lines) if (line.workflow === workflow && isTurn(line)) yield line
    if (next === undefined) return
    after = next
  }
}

function isTurn(line: HistoryLine): line is Turn {
  const { id, hop, queue, event } = line
  return worthReplaying.has(event) && id !== undefined && hop !== undefined && queue !== undefined
}

/** Whether the end of its stay is what is replayed of it. */
function isEnd(layout: Layout, { event, queue }: Pick<Turn, 'event' | 'queue'>): boolean {
  if (event === 'moved') return heirIn(layout.stages, queue, undefined)?.values === 'all'
  return event !== 'entered' && worthReplaying.has(event)
}

/** What differs; undefined if nothing does. `later` where the end of the stay is replayed too. */
async function replay(
  backend: Backend,
  layout: Layout,
  turn: Turn,
): Promise<Difference | 'unknown' | 'later' | undefined> {
  const { id, queue, hop, event, workflow } = turn
  const at = { id, queue, hop, event }
  const journey = await backend.journey(workflow!, id, { hop, values: true })
  const stay = journey?.row?.hop === hop ? journey.row : journey?.lines.findLast(({ frames }) => frames)
  if (event === 'entered' && journey?.lines.some((line) => isEnd(layout, line))) return 'later'
  if (!stay || isCutRecord(turn.fields)) return 'unknown'
  const { value, frames = [] } = stay
  const was = whereTo(layout, turn)
  const token = { id, hop: hop + 1, frames, priority: 0, deploy: 1 }
  try {
    const stage = heirIn(layout.stages, queue, value)
    if (queue === layout.output) return undefined
    if (!stage) return { ...at, was, would: 'be refused: the workflow no longer has this queue' }
    const would = await outcomeOf(stage, turn, { token, value })
    return would === undefined || would === was ? undefined : { ...at, was, would }
  } catch (error) {
    return { ...at, was, would: `be refused: ${sayBriefly(error)}` }
  }
}

/** Where `turn` would lead; undefined where only work could tell, and its beginning is as it was. */
async function outcomeOf(
  stage: LaidQueue,
  { event, reason = '', fields, actor = '', error, attempt = 0 }: Turn,
  { token, value }: { readonly token: Token; readonly value: unknown },
): Promise<string | undefined> {
  const { id } = token
  const { name: queue, lens, decisions } = stage
  if (event === 'decided') {
    const stored = await openStored(lens.schema, queue, { id, value })
    const decision = await checkDecision(
      decisions ?? {},
      { decision: reason, ...(fields as object | undefined) } as never,
      { queue, id },
    )
    return destinationOf(await lens.answer(token, stored, decision, { id, by: actor }), id)
  }
  if (event === 'failed' || event === 'buried') {
    if (!lens.fail || !error) return buried
    const checked = await lens.schema['~standard'].validate(value)
    if (checked.issues) return buried
    return destinationOf(await lens.fail(token, checked.value, failureOf(error, attempt)), id)
  }
  await lens.open(await openStored(lens.schema, queue, { id, value }), id)
  return undefined
}

const buried = 'be buried'

function destinationOf(changes: readonly Change[], id: string): string {
  const push = changes.find((change) => change.kind === 'push' && change.token.id === id)
  return push?.kind === 'push' ? `go to ${push.queue}` : 'leave'
}

/** Where a turn has led, by the name that the queue has today. */
function whereTo(layout: Layout, { event, to }: JourneyLine | HistoryLine): string {
  if (event === 'buried') return buried
  if (event === 'entered') return 'enter'
  if (to === undefined) return 'leave'
  return `go to ${to === layout.output ? to : (heirIn(layout.stages, to, undefined)?.name ?? to)}`
}
