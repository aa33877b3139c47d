import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomFor } from '../../../../src/testing/backend-model/random.ts'
import { builtFile } from '../../../built.ts'
import type { Server } from '../../../postgres/server.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import type { Pair } from './pair.ts'
import type { ClusterSetup } from './setup.ts'

/** A process of a cluster, and its ways to the two servers. */
export interface Member {
  readonly name: string
  readonly child: ChildProcess
  /** The URL of its API, as soon as it works. */
  readonly api: () => string | undefined
  /** When it was ended, in milliseconds since 1970. */
  endedAt: number | undefined
}

/** Processes that work on one database, those who use them, and what is written down beside it. */
export interface Cluster {
  readonly pair: Pair
  readonly folder: string
  readonly journals: string
  /** All that there have been. */
  readonly members: readonly Member[]
  readonly workers: readonly Member[]
  readonly proxies: readonly FaultProxy[]
  /** What processes have ended that were not killed. */
  readonly exits: readonly string[]
  startWorker(): Promise<Member>
  kill(member: Member): Promise<void>
  startPeople(): Promise<void>
  /** Resolves when all workers work. */
  ready(): Promise<void>
  /** No more is pushed. */
  stopPushing(): void
  close(): Promise<void>
}

/** How long a process may be gone before another does its work, in milliseconds. */
export const leaseMs = 6000

const options = {
  concurrency: 4,
  leaseMs,
  crashes: 50,
  retry: { attempts: 8, minMs: 50, maxMs: 500 },
}

/** Starts a cluster without processes. */
export async function openCluster(pair: Pair, seed: number): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-cluster-'))
  const journals = join(folder, 'journals')
  mkdirSync(journals)
  writeFileSync(join(folder, 'log'), '')
  const members: Member[] = []
  const workers: Member[] = []
  const seats: { proxies: FaultProxy[]; isFree: boolean }[] = []
  let people: Member | undefined
  // Each server has a place that its successor takes, so that a URL names both for good.
  const places: (Server | undefined)[] = [pair.primary, pair.standby]
  const place = (at: number) => {
    const now = [pair.primary, pair.standby]
    for (const [i, server] of places.entries()) if (server && !now.includes(server)) places[i] = undefined
    for (const server of now)
      if (server && !places.includes(server)) places[places.indexOf(undefined)] = server
    return places[at]?.port
  }
  const seat = async () => {
    const free = seats.find(({ isFree }) => isFree)
    if (free) {
      free.isFree = false
      return free
    }
    const made = {
      isFree: false,
      proxies: await Promise.all(
        [0, 1].map((at) => startFaultProxy(randomFor(seed, `proxy ${seats.length} ${at}`), () => place(at))),
      ),
    }
    seats.push(made)
    return made
  }

  const start = async (name: string, script: string): Promise<Member> => {
    const taken = await seat()
    const hosts = taken.proxies.map(({ port }) => `127.0.0.1:${port}`).join(',')
    const setup: ClusterSetup = {
      ...{
        journals,
        name,
        options,
        holdsRoom: seed % 2 === 0,
        seed: seed + members.length,
        workMs: 60,
        log: join(folder, 'log'),
      },
      url: `postgres://pipewright@${hosts}/postgres?target_session_attrs=read-write`,
    }
    const child = fork(builtFile(script), [JSON.stringify(setup)], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    let api: string | undefined
    const member: Member = { name, child, api: () => api, endedAt: undefined }
    child.on('message', (url) => {
      api = String(url)
      tellApis()
    })
    child.on('exit', () => {
      member.endedAt ??= Date.now()
      taken.isFree = true
    })
    members.push(member)
    return member
  }
  const tellApis = () => {
    if (people?.child.connected)
      people.child.send(workers.flatMap((each) => (each.endedAt ? [] : (each.api() ?? []))))
  }
  const kill = async (member: Member) => {
    if (member.child.exitCode !== null || member.child.signalCode !== null) return
    const ended = once(member.child, 'exit')
    member.child.kill('SIGKILL')
    await ended
  }
  let started = 0
  let isClosed = false
  let isStopped = false
  const exits: string[] = []

  const startWorker = async (): Promise<Member> => {
    const worker = await start(`w${++started}`, 'test/chaos/system/cluster/cluster-process.ts')
    workers.push(worker)
    // One that has ended by itself is started again, as `up` does it.
    worker.child.on('exit', (code) => {
      if (code !== null && !isClosed) {
        exits.push(`${worker.name} has ended with ${code}`)
        void startWorker()
      }
    })
    return worker
  }

  const startPeople = async (): Promise<void> => {
    const made = await start(`people${++started}`, 'test/chaos/system/cluster/people-process.ts')
    people = made
    made.child.on('exit', (code) => {
      if (code === null || isClosed) return
      exits.push(`${made.name} has ended with ${code}`)
      void startPeople()
    })
    made.child.on('message', () => {
      if (isStopped) made.child.send('stop')
    })
    tellApis()
  }

  return {
    ...{ pair, folder, journals, members, workers, kill, exits },
    get proxies() {
      return seats.flatMap(({ proxies }) => proxies)
    },
    startWorker,
    startPeople,
    async ready() {
      while (!workers.every((each) => each.endedAt || each.api())) await sleep(50)
    },
    stopPushing() {
      isStopped = true
      if (people?.child.connected) people.child.send('stop')
    },
    async close() {
      isClosed = true
      await Promise.all(members.map(kill))
      await Promise.all(seats.flatMap(({ proxies }) => proxies.map((each) => each.close())))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
