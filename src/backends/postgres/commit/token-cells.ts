import type { Fault } from '../../../queue/change.ts'
import type { TokenOutcome } from '../../../queue/journey.ts'
import type { Reply } from '../../../queue/letter.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Row, Status } from '../../../queue/rows.ts'
import type { Paid, Tolls } from '../../../queue/rules/paid.ts'
import type { Stay, Term } from '../../../queue/rules/stay.ts'
import type { Waiting } from '../../../queue/wait.ts'

import type { TokenState } from './token-state.ts'

/** A row of `pw_tokens` as it is read for a transaction: without what is in the message. */
export interface TokenCells {
  readonly token: number
  readonly id: string
  readonly workflow: string
  readonly parent: string | null
  readonly traceparent: string | null
  readonly entered_at: number
  readonly arrived_at: number
  readonly finished_at: number | null
  readonly left_at: number | null
  readonly due: number | null
  readonly leased_at: number | null
  readonly until: number | null
  readonly lease_ms: number | null
  readonly deadline: number | null
  readonly priority: number
  readonly lane: number
  readonly key: string | null
  readonly queue: number | null
  readonly hop: number
  readonly attempts: number
  readonly crashes: number
  readonly lease: number
  readonly deploy: number
  readonly rev: number
  readonly source: number | null
  readonly suspect: boolean
  readonly alone: boolean
  readonly status: Status | null
  readonly outcome: TokenOutcome | null
  readonly owner: string | null
  readonly error: string | null
  readonly progress: string | null
  readonly reply: string | null
  readonly waits: string | null
  readonly tolls: string | null
  readonly brought: string | null
}

/** The columns of these cells, of `t`, with the key of its lane `l`. */
export const tokenCells = `t.token, t.id, t.workflow, t.parent, t.traceparent, t.entered_at, t.arrived_at, t.finished_at, t.left_at,
  t.due, t.leased_at, t.until, t.lease_ms, t.deadline, t.priority, t.lane,
  case when t.lane = 0 then null else (select l.key from pw_lanes l where l.ref = t.lane) end as key,
  t.queue, t.hop, t.attempts, t.crashes, t.lease, t.deploy, t.rev, t.source, t.suspect, t.alone, t.status, t.outcome, t.owner,
  t.error, t.progress, t.reply, t.waits, t.tolls, t.brought`

/** The column `tolls`: what a message asks for at gates, and what its lease has paid, by the numbers of the gates. */
interface TollsText {
  readonly asks?: Tolls
  readonly paid?: Readonly<Record<string, number>>
}

/** Makes a state of its cells. */
export function stateOf(cells: TokenCells): TokenState {
  const tolls = parseText<TollsText>(cells.tolls)
  return {
    token: cells.token,
    id: cells.id,
    workflow: cells.workflow,
    hop: cells.hop,
    priority: cells.priority,
    lane: cells.lane,
    deploy: cells.deploy,
    rev: cells.rev,
    parent: cells.parent ?? undefined,
    traceparent: cells.traceparent ?? undefined,
    enteredAt: cells.entered_at,
    arrivedAt: cells.arrived_at,
    finishedAt: cells.finished_at ?? undefined,
    leftAt: cells.left_at ?? undefined,
    outcome: cells.outcome ?? undefined,
    reply: parseText<Reply>(cells.reply),
    at: cells.queue ?? undefined,
    key: cells.key ?? '',
    asks: tolls?.asks,
    stay: stayOf(cells, paidOf(tolls)),
    source: cells.source ?? undefined,
    brought: parseText<Fault>(cells.brought),
    content: undefined,
  }
}

function stayOf(cells: TokenCells, paid: readonly Paid[] | undefined): Stay {
  return {
    status: cells.status ?? 'ready',
    suspect: cells.suspect,
    alone: cells.alone,
    attempts: cells.attempts,
    crashes: cells.crashes,
    lease: cells.lease,
    due: cells.due ?? undefined,
    wait: parseText<Waiting>(cells.waits),
    error: parseText<Fault>(cells.error),
    progress: parseText<NonNullable<Row['progress']>>(cells.progress),
    held: cells.status === 'leased' ? termOf(cells, paid) : undefined,
  }
}

// A row that was edited by hand may lack some of it: then its lease has ended.
function termOf(cells: TokenCells, paid: readonly Paid[] | undefined): Term {
  return {
    owner: cells.owner ?? '',
    leasedAt: cells.leased_at ?? 0,
    leaseMs: cells.lease_ms ?? 0,
    until: cells.until ?? 0,
    deadline: cells.deadline ?? 0,
    paid,
  }
}

function paidOf(tolls: TollsText | undefined): readonly Paid[] | undefined {
  return tolls?.paid && Object.entries(tolls.paid).map(([gate, units]) => ({ gate: Number(gate), units }))
}

/** The text of `tolls`; null for none. */
function tollsText(asks: Tolls | undefined, paid: readonly Paid[] | undefined): string | null {
  if (!asks && !paid?.length) return null
  const text: TollsText = {
    ...(asks && { asks }),
    ...(paid?.length && { paid: Object.fromEntries(paid.map(({ gate, units }) => [gate, units])) }),
  }
  return JSON.stringify(text)
}

/**
 * What a statement is given of a state: all columns of `tokenColumns`, by name. Field by field, as all that is made for each token: to add
 * a field to what was spread costs V8 of Node 20 some 5 microseconds and a hidden class, a hundred times what it costs here.
 */
export function cellsOf(state: TokenState): Readonly<Record<string, unknown>> {
  const { stay, at, content } = state
  const { held, wait } = stay
  const isThere = at !== undefined
  return {
    token: state.token,
    id: state.id,
    workflow: state.workflow,
    hop: state.hop,
    priority: state.priority,
    lane: isThere ? state.lane : 0,
    deploy: state.deploy,
    rev: state.rev,
    parent: state.parent,
    traceparent: state.traceparent,
    entered_at: state.enteredAt,
    arrived_at: state.arrivedAt,
    finished_at: state.finishedAt,
    left_at: state.leftAt,
    outcome: state.outcome,
    queue: at,
    reply: json(state.reply),
    suspect: stay.suspect,
    alone: stay.alone,
    attempts: stay.attempts,
    crashes: stay.crashes,
    lease: stay.lease,
    due: stay.due,
    status: isThere ? stay.status : undefined,
    owner: held?.owner,
    leased_at: held?.leasedAt,
    until: held?.until,
    lease_ms: held?.leaseMs,
    deadline: held?.deadline,
    waits: json(wait),
    missing: wait && missingOf(wait),
    error: json(stay.error),
    progress: json(stay.progress),
    tolls: tollsText(state.asks, held?.paid) ?? undefined,
    source: state.source,
    brought: json(state.brought),
    valued: content !== undefined,
    framed: content !== undefined && content.frames !== null,
    value: content?.value,
    frames: content?.frames ?? undefined,
  }
}

function missingOf(wait: Waiting): number {
  return Math.min(...wait.for.map(({ missing }) => missing))
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}
