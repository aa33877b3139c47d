import type { Page, Row } from '../queue/backend.ts'
import type { Change } from '../queue/change.ts'
import { ConflictError, InvalidError, isPipewrightError, NotFoundError } from '../queue/errors.ts'
import { faultOf } from '../queue/fault.ts'
import { Held } from '../queue/inbox.ts'
import { type Lens, openStored } from '../queue/lens.ts'
import { checkPerson } from '../queue/person.ts'
import { nextStay } from '../queue/plan.ts'
import { andThen, type Infer, type Schema } from '../schema/schema.ts'
import type { Runtime } from './runtime.ts'
import { sayHolder, type Task, taskOf } from './task.ts'

/** The decisions that people may take, by name, each with the schema of what it needs to know. */
export type Decisions = Readonly<Record<string, Schema<object>>>

/** One of the decisions of `D`: its name, and its fields. */
export type Decision<D extends Decisions> = {
  readonly [K in keyof D & string]: { readonly decision: K } & FieldsOf<Infer<D[K]>>
}[keyof D & string]

// Libraries type an object without fields as a record of `never`, which no decision would fit.
type FieldsOf<Fields> = string extends keyof Fields ? unknown : Readonly<Fields>

/** The right of the person who claimed a message, until it expires. */
export interface Claim {
  readonly hop: number
  readonly lease: number
  readonly leftMs: number
}

/** How a decision proves that it was taken on what is there now. */
interface Deciding {
  /** Of the message that was looked at. */
  readonly hop: number
  /** Of the claim, if there is one. */
  readonly lease?: number | undefined
  /** Who decides. */
  readonly by: string
}

/** A desk where people decide. Plain functions: HTTP is one way to reach them. */
export interface Desk<In = any, D extends Decisions = any> {
  readonly kind: 'desk'
  readonly queue: string
  readonly input: Schema<In>
  readonly decisions: D
  readonly count: () => Promise<{
    readonly waiting: number
    readonly claimed: number
    readonly dead: number
    readonly oldestAt?: number | undefined
  }>
  readonly list: (
    page?: Page,
  ) => Promise<{ readonly tasks: readonly Task<In>[]; readonly next?: string | undefined }>
  /** One message, opened. Rejects with `NotFoundError` if it is not here. */
  readonly get: (id: string) => Promise<Task<In>>
  /** Reserves a message for `by`, uncharged, for `forMs` (15 minutes unless told). Rejects with `ConflictError` if somebody has it. */
  readonly claim: (id: string, by: string, forMs?: number) => Promise<Claim>
  /** Ends a claim. Rejects with `LeaseLostError` if it has ended already. */
  readonly release: (
    id: string,
    claim: { readonly hop: number; readonly lease: number; readonly by: string },
  ) => Promise<void>
  /** Decides; the hop and the history line with who decided are one commit. Rejects with `ConflictError` or `LeaseLostError` if somebody else was first. */
  readonly decide: (id: string, decision: Decision<D>, deciding: Deciding) => Promise<void>
}

/** How long a claim lasts unless told, in milliseconds. */
const claimMs = 15 * 60_000
const longestClaimMs = 24 * 3_600_000

/** Opens the desk of the review at `queue`. */
export function openDesk<In, D extends Decisions>({
  queue,
  lens,
  runtime,
  input,
  decisions,
}: {
  readonly queue: string
  readonly lens: Lens<In, Decision<D>>
  readonly runtime: Runtime
  readonly input: Schema<In>
  readonly decisions: D
}): Desk<In, D> {
  const { backend, deploy } = runtime
  const asking = `Queue "${queue}"`

  return {
    kind: 'desk',
    queue,
    input,
    decisions,

    async count() {
      const [counts] = await backend.count(queue)
      const { ready = 0, leased = 0, delayed = 0, dead = 0, oldestAt } = counts ?? {}
      return { waiting: ready + delayed, claimed: leased, dead, oldestAt }
    },

    async list(page) {
      const { rows, next } = await backend.list(queue, page)
      return { tasks: rows.map((row) => taskOf<In>(row)), next }
    },

    async get(id) {
      const row = await find(id)
      try {
        const { value } = await new Held(queue, lens, row, deploy).open()
        return { ...taskOf<In>(row), value }
      } catch (error) {
        return { ...taskOf<In>(row), problem: faultOf(error).message }
      }
    },

    async claim(id, by, forMs = claimMs) {
      checkPerson(by, asking, { queue })
      if (!(forMs >= 1000 && forMs <= longestClaimMs)) {
        throw new InvalidError(
          `A claim on token "${id}" lasts from 1,000 to ${longestClaimMs} ms, not ${forMs}.`,
          { queue, id },
        )
      }
      const request = { owner: `person:${by}`, leaseMs: forMs, timeoutMs: forMs, ids: [id] }
      const [row] = await backend.lease(queue, request)
      if (row) return { hop: row.hop, lease: row.lease, leftMs: forMs }
      const found = await find(id)
      throw new ConflictError(`Token "${id}" in queue "${queue}" cannot be claimed: ${sayHolder(found)}.`, {
        queue,
        id,
      })
    },

    async release(id, { hop, lease, by }) {
      checkPerson(by, asking, { queue })
      await backend.commit([
        { kind: 'postpone', queue, id, hop, lease, delayMs: 0, charge: false, actor: by },
      ])
    },

    async decide(id, choice, { hop, lease, by }) {
      checkPerson(by, asking, { queue })
      const row = await find(id)
      const decided = await check(decisions, choice, { queue, id })
      if (row.hop !== hop) {
        throw new ConflictError(
          `Token "${id}" has moved on since you looked at it in queue "${queue}": look again.`,
          { queue, id },
        )
      }
      if (lease === undefined && row.leaseLeftMs) {
        throw new ConflictError(
          `Token "${id}" in queue "${queue}" cannot be decided without its claim: ${sayHolder(row)}.`,
          { queue, id },
        )
      }
      const pushes = await plan(row, decided)
      const note = { event: 'decided', actor: by, reason: choice.decision } as const
      const leave =
        lease === undefined
          ? ({ kind: 'take', queue, id, hop, unheld: true, ...note } as const)
          : ({ kind: 'pop', queue, id, hop, lease, ...note } as const)
      await backend.commit([leave, ...pushes])
    },
  }

  async function find(id: string): Promise<Row> {
    const row = await backend.get(queue, id)
    if (row) return row
    throw new NotFoundError(`Token "${id}" is not in queue "${queue}".`, { queue, id })
  }

  // What `pre` makes of the state is not asked for: where it fails, a person must still be able to decide.
  async function plan(row: Row, choice: Decision<D>): Promise<readonly Change[]> {
    const at = { queue, id: row.id }
    const stored = await openStored(lens.schema, queue, row)
    try {
      return await lens.answer(nextStay(row, deploy), stored, choice)
    } catch (cause) {
      if (isPipewrightError(cause)) throw cause
      const what = `The decision on token "${row.id}" in queue "${queue}" leads nowhere`
      throw new InvalidError(`${what}: ${faultOf(cause).message}`, { ...at, cause })
    }
  }
}

async function check<D extends Decisions>(
  decisions: D,
  choice: Decision<D>,
  at: { queue: string; id: string },
): Promise<Decision<D>> {
  const { decision, ...fields } = choice as { decision: string }
  if (!Object.hasOwn(decisions, decision)) {
    const known = Object.keys(decisions)
      .map((name) => `"${name}"`)
      .join(', ')
    throw new InvalidError(`Queue "${at.queue}" knows no such decision; it knows ${known}.`, at)
  }
  return andThen(decisions[decision]!['~standard'].validate(fields), (result) => {
    if (result.issues)
      throw new InvalidError(`The decision "${decision}" on token "${at.id}" was refused`, {
        ...at,
        issues: result.issues,
      })
    return { ...result.value, decision } as unknown as Decision<D>
  })
}
