import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import {
  each,
  gate,
  oneOf,
  review,
  sequential,
  state,
  type WorkContext,
  type WorkOptions,
  worker,
  workflow,
  wrapped,
} from '../../../../src/index.ts'
import type { Journal } from './journal.ts'

// A workflow with all that a backend has to keep right. What travels is the list of the runs that its results came from, so that
// the end of a travel says whose work it was.

const runs = z.array(z.string())
const fields = z.object({ id: z.string(), runs, customer: z.string(), note: z.string().optional() })
type Fields = z.infer<typeof fields>
const Ordered = state('Ordered', fields)
const Checked = state('Checked', fields)
const Pressed = state('Pressed', fields)
const Packed = state('Packed', fields)
const Gathered = state('Gathered', fields)
const Odd = state('Odd', fields)
const Rested = state('Rested', fields)
const Done = state('Done', fields)

/** The limits, which the journals are held against. */
export const limits = {
  press: 4,
  pressRate: { units: 60, perMs: 1000, burst: 60 },
  pack: 6,
  packPerKey: 1,
  room: 60,
} as const

const press = gate('press', { limit: limits.press, rate: limits.pressRate })
/** Held from the press until the end. */
const room = gate('room', { limit: limits.room })

/** What the stages are given. */
interface Given {
  readonly journal: Journal
  /** The longest time that the work takes, in milliseconds. */
  readonly workMs: number
}

type Context = Given & WorkContext

async function work(stage: string, before: readonly string[], ctx: Context): Promise<string[]> {
  const { key, journal, workMs, attempt, id } = ctx
  const run = journal.nextRun()
  journal.write('begin', key, run, stage)
  await sleep(Math.random() * workMs)
  if (stage === 'check' && attempt <= Number(id.at(-1)) % 3) {
    journal.write('failed', key, run, stage)
    throw new Error('It does not work yet.')
  }
  journal.write('end', key, run, stage)
  return [...before, run]
}

/** The number of children that a token has. */
export const children = (id: string) => (Number(id.at(-1)) % 2 === 0 ? 0 : 3)
/** Whether a person has to look at a token. */
export const isOdd = (id: string) => id.endsWith('7')

/** The workflow; each stage is driven as `options` say. In some runs tokens hold a place in the room until they are billed. */
export function makeFlow(options: WorkOptions, holdsRoom: boolean) {
  const pre = ({ runs }: Fields) => runs
  const plain = { input: runs, output: runs, ...options }
  const stage = (name: string) => (before: string[], ctx: Context) => work(name, before, ctx)
  const given = z.object({ runs, customer: z.string() })
  const withCustomer = ({ runs, customer }: Fields) => ({ runs, customer })
  const pack = worker({
    ...options,
    input: given,
    output: runs,
    key: ({ customer }) => customer,
    limit: { concurrency: limits.pack, perKey: { concurrency: limits.packPerKey } },
    process: ({ runs }, ctx: Context) => work('pack', runs, ctx),
  })
  const child = worker({
    ...options,
    input: z.string(),
    output: z.string(),
    process: async (item, ctx: Context) => (await work('child', [item], ctx)).at(-1)!,
  })
  const gather = each(child, {
    input: runs,
    output: runs,
    split: (_, { id }) => Array.from({ length: children(id) }, (_, n) => `item-${n}`),
    join: async (before, results) => {
      const found: string[] = []
      for await (const { value } of results) found.push(value)
      return [...before, `joined:${found.sort().join('+')}`]
    },
  })
  return workflow({
    input: Ordered,
    output: oneOf(Done),
    stages: {
      check: wrapped(worker({ ...plain, process: stage('check') }), {
        ...{ input: Ordered, output: Checked, pre },
        post: (before, runs) => Checked({ ...before, runs }),
      }),
      press: wrapped(
        worker({
          ...plain,
          process: stage('press'),
          behind: holdsRoom ? [press, { gate: room, until: 'leave' }] : [press],
        }),
        { input: Checked, output: Pressed, pre, post: (before, runs) => Pressed({ ...before, runs }) },
      ),
      pack: wrapped(pack, {
        ...{ input: Pressed, output: Packed, pre: withCustomer },
        post: (before, runs) => Packed({ ...before, runs }),
      }),
      gather: wrapped(sequential(gather, worker({ ...plain, process: stage('sum') })), {
        ...{ input: Packed, output: oneOf(Gathered, Odd), pre },
        post: (before, runs) => (isOdd(before.id) ? Odd({ ...before, runs }) : Gathered({ ...before, runs })),
        delayMs: 200,
      }),
      desk: wrapped(review({ input: runs, decisions: { accept: z.object({ note: z.string() }) } }), {
        ...{ input: Odd, output: Gathered, pre },
        post: (before, { note }) => Gathered({ ...before, runs: [...before.runs, `decided:${note}`] }),
      }),
      last: wrapped(worker({ ...plain, process: stage('last') }), {
        ...{ input: Gathered, output: Rested, pre },
        post: (before, runs) => Rested({ ...before, runs }),
        delayMs: 300,
      }),
      bill: wrapped(worker({ ...plain, process: stage('bill'), ...(holdsRoom && { frees: [room] }) }), {
        ...{ input: Rested, output: Done, pre },
        post: (before, runs) => Done({ ...before, runs }),
      }),
    },
  })
}

/** What enters. */
export const start = (id: string) => Ordered({ id, runs: [], customer: customerOf(id) })

/** Whose a token is. */
export const customerOf = (id: string) => `c${Number(id.slice(1)) % 7}`
