import { cpSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, test } from 'vitest'
import { figures } from '../../figures.ts'
import { type SmallDisk, smallDisk } from '../small-disk.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { doHarm, noHarm, type Tally } from './faults.ts'
import { type Pair, startPair } from './pair.ts'
import { reconcile } from './reconcile-cluster.ts'

// Three processes work on one Postgres, and a fourth pushes, decides, cancels and edits, while all goes wrong that can (faults.ts).
// CHAOS_CLUSTER_SECONDS is for how long (60 unless told), CHAOS_SEED repeats a run as far as a machine does, CHAOS_CLUSTER_FAULTS names
// some (`restarts,promotions,disk`, or `none`), and CHAOS_CLUSTER_LOG a folder to which journals and logs are copied.

const { CHAOS_CLUSTER_SECONDS, CHAOS_SEED, CHAOS_CLUSTER_FAULTS, CHAOS_CLUSTER_LOG } = process.env
const seconds = Number(CHAOS_CLUSTER_SECONDS ?? 60)
const seed = CHAOS_SEED ? Number(CHAOS_SEED) : Math.floor(Math.random() * 2 ** 31)
const wanted = (CHAOS_CLUSTER_FAULTS ?? 'restarts,promotions,disk').split(',')
const has = (fault: string) => wanted.includes(fault)
const processes = 3
/** It stands still when so long nothing has gone on: more than what a lost connection takes to be found. */
const stillSeconds = 120

// Often short, so that logs are made and removed; limits as an operator may set them for a role.
const settings = [
  ...['max_connections=100', 'max_wal_size=96MB', 'min_wal_size=32MB', 'checkpoint_timeout=30s'],
  ...['statement_timeout=20s', 'lock_timeout=2s', 'idle_in_transaction_session_timeout=5s'],
]

test(`a cluster loses nothing, does nothing twice, and does not stand still (seed ${seed})`, {
  timeout: (2 * seconds + 900) * 1000,
}, async () => {
  const disk = has('disk') ? ownDisk() : undefined
  const pair = await startPair({ settings, ...(disk && { disk: disk.folder }) })
  onTestFinished(() => pair.stop())
  const cluster = await openCluster(pair, seed)
  onTestFinished(() => cluster.close())
  for (let n = 0; n < processes; n++) await cluster.startWorker()
  await cluster.startPeople()
  await cluster.ready()
  const stop = new AbortController()
  const harm = has('none')
    ? noHarm
    : doHarm(cluster, seed, { restarts: has('restarts'), promotions: has('promotions'), disk }, stop.signal)
  await sleep(seconds * 1000)
  stop.abort()
  const tally = await harm
  cluster.stopPushing()
  const drainedIn = await drained(pair)
  // What was answered last is being written down.
  await sleep(2000)
  await report(cluster, tally, drainedIn)
})

/** A file system for the servers; undefined, and a sentence says so, where this user may not have one. */
function ownDisk(): SmallDisk | undefined {
  try {
    return smallDisk(500)
  } catch (error) {
    process.stderr.write(`No disk is filled: ${(error as Error).message}\n`)
    return undefined
  }
}

/** Resolves when all is in the output, or has left, or when nothing goes on any more; with the seconds that it took. */
async function drained({ sql }: Pair): Promise<number> {
  const since = Date.now()
  let lines = ''
  for (let still = since; Date.now() - still < stillSeconds * 1000; await sleep(250)) {
    const [now] = await sql<{ left: string; lines: string }>(
      `select (select last_value from pipewright.pw_line_numbers) as lines,
         (select count(*) from pipewright.pw_tokens t join pipewright.pw_queues q on q.ref = t.queue where q.role <> 'output') as left`,
    )
    if (now!.left === '0' && Date.now() - still > 2000) break
    if (now!.lines !== lines) still = Date.now()
    lines = now!.lines
  }
  return Math.round((Date.now() - since) / 1000)
}

/** Harm that was left out proves nothing: of these there is one at least in so many seconds. */
const leastHarm: readonly (readonly [keyof Tally, number])[] = [
  ...([
    ['kills', 60],
    ['freezes', 60],
    ['ended', 60],
  ] as const),
  ...(has('restarts') ? ([['restarts', 120]] as const) : []),
  ...(has('promotions') ? ([['promotions', 300]] as const) : []),
]

async function report(cluster: Cluster, tally: Tally, drainedIn: number): Promise<void> {
  const { tokens, hops, cancelled, decided, faults } = await reconcile(cluster)
  const cuts = cluster.proxies.reduce((sum, proxy) => sum + proxy.cuts, 0)
  if (CHAOS_CLUSTER_LOG) cpSync(cluster.folder, CHAOS_CLUSTER_LOG, { recursive: true })
  const what = (name: string) => `cluster on Postgres: ${name}`
  const said = Object.entries({ ...tally, cuts }).map(([name, count]) => `${name} ${count}`)
  const crashes = cluster.exits.filter((exit) => / 7[01]$/.test(exit))
  figures([
    {
      what: what('harm'),
      demanded: `each kind, in ${seconds} s`,
      seen: said.join(', '),
      ok: has('none') || leastHarm.every(([name, each]) => tally[name] >= Math.floor(seconds / each)),
    },
    {
      what: what('tokens'),
      demanded: 'some',
      seen: `${tokens}, ${hops} hops, ${cancelled} cancelled, ${decided} decided`,
      ok: tokens > 0,
    },
    { what: what('drained'), demanded: 'no standstill', seen: `${drainedIn} s`, ok: true },
    {
      what: what('lost, twice, stuck, over a limit, or told otherwise'),
      demanded: '0',
      seen: faults.join('; ') || 0,
      ok: faults.length === 0,
    },
    {
      what: what('processes ended by an error'),
      demanded: '0',
      seen: crashes.join('; ') || 0,
      ok: crashes.length === 0,
    },
  ])
}
