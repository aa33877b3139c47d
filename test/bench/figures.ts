import {
  type Chain,
  chain,
  type Figure,
  judgeLongQueue,
  type LongQueue,
  pairs,
  sayPairs,
  sharedLimit,
  short,
} from './figure.ts'
import { figuresOfPostgres } from './figures-of-postgres.ts'
import type { Used } from './process-tree.ts'

/** What `books.ts` measures. */
interface Books {
  readonly books: number
  readonly missing: readonly string[]
  readonly ratio?: number
  readonly loop?: Passage
  readonly ours: Passage &
    Pick<Used, 'cpuSecondsBy' | 'peakRssMb' | 'peakRssMbBy' | 'peakPssMb' | 'readBytes'>
}

interface Passage {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly fakeSeconds: number
}

function sayBooks({ books, missing, ratio, loop, ours }: Books): string[] {
  const passage = ({ seconds, cpuSeconds, fakeSeconds }: Passage) =>
    `${short((60 * books) / seconds)} books/min; CPU s a book: ${(cpuSeconds / books).toFixed(3)}, the fake GRIN ${(fakeSeconds / books).toFixed(3)}`
  const by = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .map(([kind, value]) => `${kind} ${short(value)}`)
      .join(', ')
  return [
    loop && ratio
      ? `${ratio.toFixed(2)} of the loop (CPU ${(loop.cpuSeconds / ours.cpuSeconds).toFixed(2)})`
      : `not compared: ${missing.join(', ')} not installed`,
    ...(loop ? [`loop: ${passage(loop)}`] : []),
    `ours: ${passage(ours)} (s: ${by(ours.cpuSecondsBy)})`,
    `peak RSS ${Math.round(ours.peakRssMb)} MB (${by(ours.peakRssMbBy)}), PSS ${Math.round(ours.peakPssMb)} MB; ${short(ours.readBytes / books / 1e6)} MB read a book`,
  ]
}

export const figures: readonly Figure[] = [
  {
    name: 'chain',
    what: 'four stages, 20 at a time, history on, synchronous=FULL',
    atLeast: '0.55 of hand-written SQL in batches of 100, 7 times plainjob',
    async measure(measure) {
      const ours = async () => (await chain(measure, 'pipewright', 20_000, 20)).hopsPerSecond
      const raw = await pairs(
        ours,
        async () => (await chain(measure, 'raw-sqlite', 20_000, 100)).hopsPerSecond,
      )
      const plain = await pairs(ours, async () => (await chain(measure, 'plainjob', 4000, 20)).hopsPerSecond)
      return {
        lines: [sayPairs('hops/s', raw, 'raw SQLite at 100'), sayPairs('hops/s', plain, 'plainjob')],
        reached: raw.ratio >= 0.55 && plain.ratio >= 7,
      }
    },
  },
  {
    name: 'work',
    what: 'the same with handlers of 0 to 3 ms and values of 2 KB',
    atLeast: '6.5 times plainjob',
    async measure(measure) {
      const env = { WORK_MS: '3', NOTE_CHARS: '2000' }
      const ours = async () => (await chain(measure, 'pipewright', 10_000, 20, env)).hopsPerSecond
      const plain = await pairs(
        ours,
        async () => (await chain(measure, 'plainjob', 1500, 20, env)).hopsPerSecond,
      )
      return { lines: [sayPairs('hops/s', plain, 'plainjob')], reached: plain.ratio >= 6.5 }
    },
  },
  {
    name: 'one',
    what: 'one token at a time in each stage',
    atLeast: '3 times hand-written SQL, one at a time',
    async measure(measure) {
      const ours = async () => (await chain(measure, 'pipewright', 4000, 1)).hopsPerSecond
      const raw = await pairs(ours, async () => (await chain(measure, 'raw-sqlite', 2000, 1)).hopsPerSecond)
      return { lines: [sayPairs('hops/s', raw, 'raw SQLite at 1')], reached: raw.ratio >= 3 }
    },
  },
  {
    name: 'idle',
    what: 'one token through the idle chain, one process (median)',
    atLeast: "at most 1.3 times plainjob's time",
    async measure(measure) {
      const idle = (peer: string) => async () =>
        (await chain(measure, peer, 100, 20, { IDLE_TOKENS: '200' })).idleP50Ms
      const plain = await pairs(idle('pipewright'), idle('plainjob'))
      return { lines: [sayPairs('ms', plain, 'plainjob')], reached: plain.ratio <= 1.3 }
    },
  },
  {
    name: 'processes',
    what: 'eight processes on one file',
    atLeast: '0.6 of one process',
    async measure(measure) {
      const with8 = async (count: number) =>
        (await measure<Chain>('shared-file.ts', [count, 20_000])).hopsPerSecond
      const compared = await pairs(
        () => with8(8),
        () => with8(1),
      )
      return { lines: [sayPairs('hops/s', compared, 'one process')], reached: compared.ratio >= 0.6 }
    },
  },
  {
    name: 'cores',
    what: 'two processes on one file, handlers that compute for 2 ms',
    atLeast: '0.95 of what two bare processes that only compute make of one',
    async measure(measure) {
      const env = { BURN_MS: '2' }
      const ours = async (count: number) =>
        (await measure<Chain>('shared-file.ts', [count, 1000], env)).hopsPerSecond
      const bare = async (count: number) =>
        (await measure<{ burstsPerSecond: number }>('burn.ts', [count, 4000], env)).burstsPerSecond
      const compared = await pairs(
        async () => (await ours(2)) / (await ours(1)),
        async () => (await bare(2)) / (await bare(1)),
      )
      return {
        lines: [sayPairs('times one process', compared, 'bare processes')],
        reached: compared.ratio >= 0.95,
      }
    },
  },
  {
    name: 'wake-up',
    what: 'a push in one process starts the work in another; 20 workers idle',
    atLeast: 'p50 1.3 ms; p99 at most 2 x that of a bare COMMIT + 1 ms; 1 % of a core',
    async measure(measure) {
      const { p50Ms, p99Ms, bareP99Ms, idleCore } = await measure<{
        p50Ms: number
        p99Ms: number
        bareP99Ms: number
        idleCore: number
      }>('wake-up.ts')
      const percent = (idleCore * 100).toFixed(2)
      return {
        lines: [
          `p50 ${short(p50Ms)} ms, p99 ${short(p99Ms)} ms (of a bare COMMIT ${short(bareP99Ms)} ms); 20 idle workers use ${percent} % of a core`,
        ],
        reached: p50Ms <= 1.3 && p99Ms <= 2 * bareP99Ms + 1 && idleCore < 0.01,
      }
    },
  },
  {
    name: 'queues',
    what: 'the queues of a workflow with 200 stages, made for the first time, and again; then ten of these in one file',
    atLeast: '20 ms; 5 ms; the last of the ten are made too',
    async measure(measure) {
      const { newMs, againMs, lastMs } = await measure<{ newMs: number; againMs: number; lastMs: number }>(
        'many-queues.ts',
      )
      return {
        lines: [`${short(newMs)} ms; ${short(againMs)} ms; the last ${short(lastMs)} ms`],
        reached: newMs <= 20 && againMs <= 5,
      }
    },
  },
  {
    name: 'lanes',
    what: 'a lease of 20 from 1,001 keys, and the same with 1,000,000 messages in one of them',
    atLeast: '2.5 times the time of a lease from a queue without keys',
    async measure(measure) {
      const { plainMs, fairMs, skewedMs } = await measure<{
        plainMs: number
        fairMs: number
        skewedMs: number
      }>('lanes.ts', [1001, 1_000_000, 200])
      return {
        lines: [`${short(fairMs / plainMs)} and ${short(skewedMs / plainMs)} times (${short(plainMs)} ms)`],
        reached: Math.max(fairMs, skewedMs) <= 2.5 * plainMs,
      }
    },
  },
  {
    name: 'shared-limit',
    what: 'four processes, 50 keys, one of which has 20,000 messages, two of each key at once',
    atLeast: 'never more than two, each key in each second',
    measure: (measure) => sharedLimit(measure),
  },
  {
    name: 'shared-rate',
    what: 'four processes behind a rate of 5 a second with a burst of 5, for a minute',
    atLeast: 'no more than 5 + 5 t in any time, and 0.98 of that',
    async measure(measure) {
      const { over, used } = await measure<{ over: number; used: number }>('shared-gate.ts', ['rate', 1, 60])
      return { lines: [`${short(used)} used, ${short(over)} over`], reached: over <= 0 && used >= 0.98 }
    },
  },
  {
    name: 'long-queue',
    what: 'a lease and a hop with 10,000,000 tokens waiting and as many finished',
    atLeast: '1.3 times the time with 1,000 of each',
    async measure(measure) {
      return judgeLongQueue(await measure<LongQueue>('long-queue.ts', [10_000_000]), 1.3)
    },
  },
  {
    name: 'values',
    what: 'the chain with the values that are remembered by default, and with none',
    atLeast: '0.97 of the speed without',
    async measure(measure) {
      const speed = (env: Record<string, string>) => async () =>
        (await chain(measure, 'pipewright', 20_000, 20, env)).hopsPerSecond
      const seen = await pairs(speed({}), speed({ VALUES: 'none' }))
      return {
        lines: [sayPairs('hops/s', seen, 'the chain that remembers none')],
        reached: seen.ratio >= 0.97,
      }
    },
  },
  {
    name: 'children',
    what: '100,000 children of one token, joined; and the same tokens without a parent',
    atLeast: '25 µs more a token; RSS grows by 150 MB at most',
    async measure(measure) {
      const { apartUs, joinedUs, grewMb } = await measure<{
        apartUs: number
        joinedUs: number
        grewMb: number
      }>('children.ts', [100_000])
      const more = joinedUs - apartUs
      return {
        lines: [
          `${short(more)} µs more (${short(joinedUs)} / ${short(apartUs)} µs); RSS grew by ${short(grewMb)} MB`,
        ],
        reached: more <= 25 && grewMb <= 150,
      }
    },
  },
  {
    name: 'poll',
    what: '50,000 tokens wait for a poll, which resolves 40,000 of them',
    atLeast: '2 s; RSS grows by 150 MB at most',
    async measure(measure) {
      const { seconds, grewMb } = await measure<{ seconds: number; grewMb: number }>('poll.ts', [50_000])
      return {
        lines: [`${short(seconds)} s; RSS grew by ${short(grewMb)} MB`],
        reached: seconds <= 2 && grewMb <= 150,
      }
    },
  },
  {
    name: 'letter',
    what: 'a letter starts the work on the token that waits for it, by another connection (median)',
    atLeast: '1.2 times the time that a push takes',
    async measure(measure) {
      const { letterMs, pushMs } = await measure<{ letterMs: number; pushMs: number }>('letters.ts')
      const ratio = letterMs / pushMs
      return {
        lines: [`${ratio.toFixed(2)} times (ms: ${short(letterMs)} / ${short(pushMs)})`],
        reached: ratio <= 1.2,
      }
    },
  },
  {
    name: 'pulse',
    what: 'a pulse of 200 queues in which 10,000,000 tokens wait',
    atLeast: '5 ms',
    async measure(measure) {
      const { fewMs, fullMs } = await measure<{ fewMs: number; fullMs: number }>('pulse.ts', [10_000_000])
      return {
        lines: [`${short(fullMs)} ms; with 1,000 tokens ${short(fewMs)} ms`],
        reached: fullMs <= 5,
      }
    },
  },
  {
    name: 'bulk',
    what: 'a bulk retry of 100,000 dead messages, without a rate, alone, and beside a chain in another process',
    atLeast: '60 s; RSS grows by 64 MB at most; the chain keeps 0.8 of its speed',
    async measure(measure) {
      const { seconds, besideSeconds, grewMb, othersRatio } = await measure<{
        seconds: number
        besideSeconds: number
        grewMb: number
        othersRatio: number
      }>('bulk.ts', [100_000])
      return {
        lines: [
          `${short(seconds)} s, beside the chain ${short(besideSeconds)} s; RSS grew by ${short(grewMb)} MB; ` +
            `the chain kept ${othersRatio.toFixed(2)} of its speed`,
        ],
        reached: Math.max(seconds, besideSeconds) <= 60 && grewMb <= 64 && othersRatio >= 0.8,
      }
    },
  },
  {
    name: 'decrypt',
    what: 'a 1 GiB .tar.gz.gpg through decrypt, in a process of its own',
    atLeast: "peak RSS 256 MB; 0.6 of gpg's speed; no gap between renewals over leaseMs/2",
    async measure(measure) {
      const seen = await measure<{
        ratio?: number
        seconds: number
        gpgSeconds?: number
        peakRssMb: number
        leaseMs: number
        worstRenewalGapMs: number
      }>('decrypt.ts')
      const { ratio = 0, seconds, gpgSeconds = 0, peakRssMb, leaseMs, worstRenewalGapMs } = seen
      return {
        lines: [
          `${ratio.toFixed(2)} of gpg (s: ${short(seconds)} / ${short(gpgSeconds)}), peak RSS ${peakRssMb} MB, ` +
            `longest gap between renewals ${worstRenewalGapMs} ms of leases of ${leaseMs} ms`,
        ],
        reached: ratio >= 0.6 && peakRssMb <= 256 && worstRenewalGapMs <= leaseMs / 2,
      }
    },
  },
  {
    name: 'books',
    what: '100 made books of 2 MB (BOOKS in the environment: another number) from a fake GRIN through all stages, all processes at their defaults',
    atLeast:
      '0.6 of a shell loop of curl, gpg, tar, md5sum, tar cz and sha256sum, two books at a time; RSS of all processes 600 MB',
    async measure(measure) {
      const count = Number(process.env['BOOKS'] ?? 100)
      const seen = await measure<Books>('books.ts', [count, 2_000_000, 40])
      return {
        lines: sayBooks(seen),
        reached: (seen.ratio ?? 0) >= 0.6 && seen.ours.peakRssMb <= 600,
      }
    },
  },
  {
    name: 'long-book',
    what: 'a made book of 1 GiB through the same',
    atLeast: '0.6 of the same loop',
    async measure(measure) {
      const seen = await measure<Books>('books.ts', [1, 2 ** 30, 500])
      return { lines: sayBooks(seen), reached: (seen.ratio ?? 0) >= 0.6 }
    },
  },
  {
    name: 'grin-rate',
    what: 'what a fake GRIN sees of a library that has more to ask than it may, for 30 seconds',
    atLeast: 'at most 5 requests in any second; 0.95 of 4 a second',
    async measure(measure) {
      const seen = await measure<{ used: number; mostInASecond: number }>('grin.ts', ['rate', 30])
      const { used, mostInASecond } = seen
      return {
        lines: [`${short(used)} of 4 a second, at most ${mostInASecond} in a second`],
        reached: used >= 0.95 && mostInASecond <= 5,
      }
    },
  },
  {
    name: 'conversions',
    what: '50,000 books whose conversion is waited for, and one look at the lists of a fake GRIN, in which half are converted',
    atLeast: '2 s; RSS grows by 150 MB at most',
    async measure(measure) {
      const seen = await measure<{ seconds: number; grewMb: number }>('grin.ts', ['conversions', 50_000])
      const { seconds, grewMb } = seen
      return {
        lines: [`${short(seconds)} s; RSS grew by ${Math.round(grewMb)} MB`],
        reached: seconds <= 2 && grewMb <= 150,
      }
    },
  },
  {
    name: 'ledger',
    what: 'the list of 2,000,000 books of a fake GRIN into the ledger, again with nothing new, and only read',
    atLeast: '60 s; RSS grows by 200 MB at most',
    async measure(measure) {
      interface Taken {
        readonly seconds: number
      }
      interface Seen {
        readonly first: Taken
        readonly again: Taken
        readonly listSeconds: number
        readonly grewMb: number
      }
      const { first, again, listSeconds, grewMb } = await measure<Seen>('grin.ts', ['ledger', 2_000_000])
      return {
        lines: [
          `${short(first.seconds)} s, again ${short(again.seconds)} s, to read the list alone ${short(listSeconds)} s; RSS grew by ${Math.round(grewMb)} MB`,
        ],
        reached: first.seconds <= 60 && grewMb <= 200,
      }
    },
  },
  {
    name: 'types',
    what: 'a workflow of 60 stages',
    atLeast: '150,000 type instantiations more than its parts at most',
    async measure(measure) {
      const { instantiations } = await measure<{ instantiations: number }>('types.ts')
      return {
        lines: [`${instantiations.toLocaleString('en')} instantiations more than its parts`],
        reached: instantiations <= 150_000,
      }
    },
  },
  ...figuresOfPostgres,
]
