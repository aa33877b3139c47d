import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Random, randomFor } from '../../../../src/testing/backend-model/random.ts'
import type { Server } from '../../../postgres/server.ts'
import type { SmallDisk } from '../small-disk.ts'
import { type Cluster, leaseMs, type Member } from './cluster.ts'
import { calm } from './fault-proxy.ts'
import { type Pair, retried } from './pair.ts'

/** How often each has happened. */
export type Tally = Record<
  'restarts' | 'kills' | 'stops' | 'freezes' | 'ended' | 'crowds' | 'promotions' | 'fills' | 'troubles',
  number
>

/** Of none. */
export const noHarm: Tally = {
  ...{ restarts: 0, kills: 0, stops: 0, freezes: 0, ended: 0, crowds: 0, promotions: 0, fills: 0 },
  troubles: 0,
}

/** What is written in some dozens of hops; and so often it is looked whether it is, twice a second. */
const leastBytes = 6000
const mostTries = 60

function writtenIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

/** Which faults there are. */
export interface Harm {
  readonly restarts: boolean
  readonly promotions: boolean
  /** The disk of the servers, which is filled. */
  readonly disk: SmallDisk | undefined
}

/** Does harm to a cluster until `signal` aborts; then all is as it was, and works. */
export async function doHarm(
  cluster: Cluster,
  seed: number,
  { restarts, promotions, disk }: Harm,
  signal: AbortSignal,
): Promise<Tally> {
  const tally = { ...noHarm }
  const { pair } = cluster
  const until = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
  const lane = async (purpose: string, each: (random: Random) => Promise<void>) => {
    const random = randomFor(seed, purpose)
    while (!signal.aborted) {
      try {
        await each(random)
      } catch {
        // The harm itself may fail where others do harm; that is counted.
        tally.troubles++
        await until(1000)
      }
    }
  }
  // A busy machine takes longer to do the same: most harm waits until something has been done since that before it.
  let written = 0
  const untilDone = async (ms: number) => {
    await until(ms)
    for (let tries = 0; tries < mostTries && !signal.aborted; tries++) {
      if (writtenIn(cluster.journals) - written > leastBytes) break
      await until(500)
    }
    written = writtenIn(cluster.journals)
  }
  // One at a time, so that it is known what is there.
  let server: Promise<unknown> = Promise.resolve()
  const withServer = (work: () => Promise<void>) => {
    const done = server.then(work)
    server = done.catch(() => {})
    return done
  }
  const living = () => cluster.workers.filter(({ endedAt, child }) => !endedAt && child.connected)

  await Promise.all([
    lane('server', async (random) => {
      if (!restarts) return until(60_000)
      await untilDone(5000 + random.below(5000))
      if (signal.aborted) return
      await withServer(async () => {
        await pair.primary.crash()
        await sleep(random.below(500))
        await revive(pair.primary)
        tally.restarts++
      })
    }),
    lane('sessions', async (random) => {
      await until(500 + random.below(3000))
      if (signal.aborted) return
      const most = 1 + random.below(4)
      await pair
        .sql(
          `select pg_terminate_backend(pid) from (select pid from pg_stat_activity where backend_type = 'client backend'
             and application_name <> 'operator' order by random() limit ${most}) s`,
        )
        .then((rows) => {
          tally.ended += rows.length
        })
        .catch(() => {})
    }),
    lane('crowd', async (random) => {
      await untilDone(15_000 + random.below(20_000))
      if (signal.aborted) return
      await crowd(cluster, 1000 + random.below(3000))
      tally.crowds++
    }),
    lane('workers', async (random) => {
      await untilDone(1500 + random.below(4000))
      const some = living()
      if (signal.aborted || some.length === 0) return
      const victim = random.pick(some)
      if (random.below(3) > 0) {
        await cluster.kill(victim)
        tally.kills++
        await cluster.startWorker()
      } else {
        await stop(victim, leaseMs + random.below(4000))
        tally.stops++
      }
    }),
    lane('disk', async (random) => {
      if (!disk) return until(60_000)
      await untilDone(20_000 + random.below(30_000))
      if (signal.aborted) return
      await withServer(async () => {
        await fill(disk)
        await sleep(500 + random.below(4000))
        await rm(join(disk.folder, 'filler'), { force: true })
        tally.fills++
        await reviveEnded(pair)
      })
    }),
    lane('weather', async (random) => {
      for (const proxy of cluster.proxies)
        proxy.weather =
          random.below(3) === 0 ? calm : { cuts: random.below(12), delays: random.below(100), delayMs: 200 }
      await until(3000 + random.below(5000))
    }),
    lane('ways', async (random) => {
      await until(2000 + random.below(5000))
      if (signal.aborted) return
      const proxy = random.pick(cluster.proxies)
      const how = random.below(4)
      if (how === 0) proxy.cutAll()
      else if (how === 1) proxy.halfClose()
      else {
        // Rarely for longer than an answer is waited for.
        proxy.freeze(random.below(8) === 0 ? 70_000 : random.below(8000))
        tally.freezes++
      }
    }),
    lane('standby', async (random) => {
      if (!promotions) return until(60_000)
      await until(5000)
      if (signal.aborted) return
      await withServer(() => pair.addStandby())
      await untilDone(15_000 + random.below(15_000))
      await withServer(() => pair.promote())
      tally.promotions++
    }),
  ])
  await server
  // A full disk may have ended one after it was looked at.
  await reviveEnded(pair)
  for (const proxy of cluster.proxies) {
    proxy.weather = calm
    proxy.thaw()
  }
  return tally
}

/** Leaves no room. All at once: the proxies of the cluster are in this process. */
async function fill({ folder }: SmallDisk): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  await promisify(execFile)('fallocate', ['-l', String(bavail * bsize), join(folder, 'filler')])
}

async function reviveEnded({ primary, standby }: Pair): Promise<void> {
  for (const server of [primary, standby]) if (server?.hasEnded) await revive(server)
}

function revive(server: Server): Promise<void> {
  return retried(() => server.startAgain(), 10)
}

async function stop({ child }: Member, ms: number): Promise<void> {
  child.kill('SIGSTOP')
  await sleep(ms)
  child.kill('SIGCONT')
}

/** Takes all connections that the server has to give. */
async function crowd({ pair }: Cluster, ms: number): Promise<void> {
  const clients: pg.Client[] = []
  await Promise.allSettled(
    Array.from({ length: 120 }, async () => {
      const client = new pg.Client({ connectionString: pair.primary.url, connectionTimeoutMillis: 2000 })
      client.on('error', () => {})
      await client.connect()
      clients.push(client)
    }),
  )
  await sleep(ms)
  await Promise.allSettled(clients.map((client) => client.end()))
}
