import { startServer } from '../postgres/server.ts'
import {
  type Chain,
  chain,
  type Figure,
  judgeLongQueue,
  type LongQueue,
  type Measure,
  pairs,
  sayPairs,
  sharedLimit,
  short,
} from './figure.ts'

/** Gives each run a schema of its own, in one server that flushes as servers do. */
async function onServer<T>(work: (database: () => string) => Promise<T>): Promise<T> {
  const server = await startServer({ isDurable: true, settings: ['shared_buffers=256MB'] })
  let runs = 0
  try {
    return await work(() => `${server.url}?schema=bench_${++runs}`)
  } finally {
    await server.stop()
  }
}

interface Load {
  readonly tokens: number
  readonly slots: number
  readonly env?: Record<string, string>
}

function speedOf(measure: Measure, database: () => string) {
  return (peer: string, { tokens, slots, env }: Load) =>
    async () => {
      // The peers have schemas of their own.
      const url = peer === 'pipewright' ? database() : database().replace(/\?.*/, '')
      return chain(measure, peer, tokens, slots, { DATABASE: url, ...env })
    }
}

interface Shared extends Chain {
  readonly warmHopsPerSecond: number
}

const perSecond = (run: () => Promise<Chain>) => async () => (await run()).hopsPerSecond

export const figuresOfPostgres: readonly Figure[] = [
  {
    name: 'postgres',
    what: 'the chain on Postgres, 20 at a time',
    atLeast: '8 times graphile-worker, 0.5 of hand-written SQL in arrays of 100',
    measure: (measure) =>
      onServer(async (database) => {
        const on = speedOf(measure, database)
        const ours = perSecond(on('pipewright', { tokens: 20_000, slots: 20 }))
        const peer = await pairs(ours, perSecond(on('graphile-worker', { tokens: 4000, slots: 20 })))
        const floor = await pairs(ours, perSecond(on('raw-postgres', { tokens: 20_000, slots: 100 })))
        return {
          lines: [
            sayPairs('hops/s', peer, 'graphile-worker'),
            sayPairs('hops/s', floor, 'hand-written SQL at 100'),
          ],
          reached: peer.ratio >= 8 && floor.ratio >= 0.5,
        }
      }),
  },
  {
    name: 'postgres-one',
    what: 'the same, one token at a time in each stage',
    atLeast: '2 times graphile-worker',
    measure: (measure) =>
      onServer(async (database) => {
        const on = speedOf(measure, database)
        const peer = await pairs(
          perSecond(on('pipewright', { tokens: 2000, slots: 1 })),
          perSecond(on('graphile-worker', { tokens: 1000, slots: 1 })),
        )
        return { lines: [sayPairs('hops/s', peer, 'graphile-worker')], reached: peer.ratio >= 2 }
      }),
  },
  {
    name: 'postgres-idle',
    what: 'one token through the idle chain on Postgres (median)',
    atLeast: "at most 0.8 of graphile-worker's time",
    measure: (measure) =>
      onServer(async (database) => {
        const on = speedOf(measure, database)
        const idle = (peer: string) => async () =>
          (await on(peer, { tokens: 100, slots: 20, env: { IDLE_TOKENS: '100' } })()).idleP50Ms
        const peer = await pairs(idle('pipewright'), idle('graphile-worker'))
        return { lines: [sayPairs('ms', peer, 'graphile-worker')], reached: peer.ratio <= 0.8 }
      }),
  },
  {
    name: 'postgres-processes',
    what: 'eight processes on one Postgres',
    atLeast: '0.9 of one process',
    measure: (measure) =>
      onServer(async (database) => {
        const whole: Record<number, number[]> = { 8: [], 1: [] }
        const by = (count: number) => async () => {
          const run = await measure<Shared>('shared-file.ts', [count, 60_000], { DATABASE: database() })
          whole[count]!.push(run.hopsPerSecond)
          return run.warmHopsPerSecond
        }
        const compared = await pairs(by(8), by(1))
        return {
          lines: [
            sayPairs('hops/s from when a quarter are out', compared, 'one process'),
            `from the first: ${whole[8]!.map(short).join(', ')}, and of one process ${whole[1]!.map(short).join(', ')}`,
          ],
          reached: compared.ratio >= 0.9,
        }
      }),
  },
  {
    name: 'postgres-wake-up',
    what: 'a push in one process starts the work in another, on Postgres',
    atLeast: 'p99 20 ms',
    measure: (measure) =>
      onServer(async (database) => {
        const { p50Ms, p99Ms } = await measure<{ p50Ms: number; p99Ms: number }>('wake-up.ts', [], {
          DATABASE: database(),
        })
        return { lines: [`p50 ${short(p50Ms)} ms, p99 ${short(p99Ms)} ms`], reached: p99Ms <= 20 }
      }),
  },
  {
    name: 'postgres-workers',
    what: '20 idle worker processes on one Postgres',
    atLeast: '1 % of a core on the server',
    measure: (measure) =>
      onServer(async (database) => {
        const { core } = await measure<{ core: number }>('idle-workers.ts', [20, 30], {
          DATABASE: database(),
        })
        return { lines: [`${short(core * 100)} % of a core`], reached: core <= 0.01 }
      }),
  },
  {
    name: 'postgres-limit',
    what: 'four processes on Postgres, 50 keys, one of which has 20,000 messages, two of each key at once; and the chain by four processes, with two of each of 50 keys at once in each stage',
    atLeast: 'never more than two, each key in each second; 0.4 of the chain without limits',
    measure: (measure) =>
      onServer(async (database) => {
        const limit = await sharedLimit(measure, { DATABASE: database() })
        const by = (keys: number) => async () =>
          (await measure<Shared>('shared-file.ts', [4, 20_000], { DATABASE: database(), KEYS: String(keys) }))
            .hopsPerSecond
        const compared = await pairs(by(50), by(0))
        return {
          lines: [...limit.lines, sayPairs('hops/s', compared, 'the chain without limits')],
          reached: limit.reached && compared.ratio >= 0.4,
        }
      }),
  },
  {
    name: 'postgres-long-queue',
    what: 'a lease and a hop with 10,000,000 tokens waiting and as many finished (ROWS in the environment: another number), on Postgres',
    atLeast: '1.5 times the time with 1,000 of each',
    measure: (measure) =>
      onServer(async (database) => {
        const rows = Number(process.env['ROWS'] ?? 10_000_000)
        const seen = await measure<LongQueue>('long-queue-postgres.ts', [rows], {
          DATABASE: database().replace(/\?.*/, ''),
        })
        return judgeLongQueue(seen, 1.5)
      }),
  },
  {
    name: 'postgres-far',
    what: 'the chain by a worker that reaches Postgres over HTTP, 1 ms away, 20 at a time',
    atLeast: '0.5 of a worker that reaches it itself',
    measure: (measure) =>
      onServer(async (database) => {
        const direct = speedOf(measure, database)('pipewright', { tokens: 10_000, slots: 20 })
        const far = async () =>
          (await measure<{ hopsPerSecond: number }>('far-chain.ts', [10_000, 20], { DATABASE: database() }))
            .hopsPerSecond
        const compared = await pairs(far, perSecond(direct))
        return { lines: [sayPairs('hops/s', compared, 'one without HTTP')], reached: compared.ratio >= 0.5 }
      }),
  },
  {
    name: 'move-to',
    what: '1,000,000 tokens, half of them finished, with four lines each from a file to Postgres, and back to a file',
    atLeast: '180 s each way',
    async measure(measure) {
      const { there, back } = await measure<Record<'there' | 'back', { seconds: number }>>(
        'move-to.ts',
        [1_000_000],
      )
      return {
        lines: [`${short(there.seconds)} s there, ${short(back.seconds)} s back`],
        reached: Math.max(there.seconds, back.seconds) <= 180,
      }
    },
  },
]
