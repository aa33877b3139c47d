import { setTimeout } from 'node:timers/promises'
import { makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import { openBenchDatabase } from '../bench-database.ts'
import type { ChainSetup, Peer } from './peer.ts'

const Fields = z.object({
  barcode: z.string(),
  processing_bucket: z.string(),
  done_bucket: z.string(),
  note: z.string(),
})

const S0 = state('S0', Fields)
const S1 = state('S1', Fields)
const S2 = state('S2', Fields)
const S3 = state('S3', Fields)
const S4 = state('S4', Fields)

// What the history remembers of values: as by default, unless the environment says VALUES=none.
const values = process.env['VALUES'] === 'none' ? 'none' : 'turns'

// KEYS in the environment: of so many keys, two of each at once in each stage, over all processes.
const keys = Number(process.env['KEYS'] ?? 0)
const limits = keys > 0 && {
  key: ({ barcode }: z.infer<typeof Fields>) => `k${Number(barcode) % keys}`,
  limit: { perKey: { concurrency: 2 } },
}

/** This project, through its public API: history on; in a file WAL, FULL. */
export async function pipewright({ folder, concurrency, done, work, payload }: ChainSetup): Promise<Peer> {
  const backend = await openBenchDatabase(folder)
  const step = (last: boolean) =>
    worker({
      input: Fields,
      output: Fields,
      concurrency,
      values,
      ...limits,
      process: async (value, { id }) => {
        await work()
        if (last) done(id)
        return value
      },
    })
  const plain = <T extends { tag: string }>({ tag: _, ...value }: T) => value
  const chain = workflow({
    input: S0,
    output: S4,
    stages: {
      stage0: wrapped(step(false), { input: S0, output: S1, pre: plain, post: (_, value) => S1(value) }),
      stage1: wrapped(step(false), { input: S1, output: S2, pre: plain, post: (_, value) => S2(value) }),
      stage2: wrapped(step(false), { input: S2, output: S3, pre: plain, post: (_, value) => S3(value) }),
      stage3: wrapped(step(true), { input: S3, output: S4, pre: plain, post: (_, value) => S4(value) }),
    },
  })
  const queues = await makeQueues(chain, backend, 'chain')
  const stop = new AbortController()
  let running: Promise<void>[] = []

  return {
    durability: process.env['DATABASE'] ? 'as that database has it' : 'WAL, FULL',
    async push(ids) {
      for (let i = 0; i < ids.length; i += 500) {
        const some = ids.slice(i, i + 500)
        await Promise.all(some.map((id) => queues.input.push(id, S0(payload(id)))))
      }
    },
    async start() {
      running = Object.values(queues.artifacts()).map((run) => run(stop.signal))
    },
    async settled(count, everyMs = 1) {
      while ((await queues.output.count()) < count) await setTimeout(everyMs)
    },
    async hopsLeft() {
      const counts = new Map((await backend.count()).map((each) => [each.queue, each]))
      const left = [4, 3, 2, 1].map((hops, stage) => {
        const { ready = 0, leased = 0 } = counts.get(`chain/stage${stage}`) ?? {}
        return hops * (ready + leased)
      })
      return left.reduce((sum, hops) => sum + hops, 0)
    },
    async stop() {
      stop.abort()
      await Promise.all(running)
      await backend.close()
    },
  }
}
