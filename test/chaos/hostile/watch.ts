import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Library } from '../../workflows/books/library.ts'

const run = promisify(execFile)
const everyMs = 50

/** What was seen of a process and those that it has started, and of the leases of its workers. */
export interface Seen {
  /** The most memory that all of them had at once, in MiB. */
  readonly rssMb: number
  /** The least that a lease had left at any look, in milliseconds. */
  readonly leaseLeftMs: number
}

/** Looks at a process, at those that it starts, and at the leases of its workers, again and again until `stop`. */
export function watch(pid: number, { backend }: Library, queues: readonly string[]) {
  let rssMb = 0
  let leaseLeftMs = Number.POSITIVE_INFINITY
  let stopped = false
  const look = async () => {
    rssMb = Math.max(rssMb, await memoryOf(pid))
    for (const queue of queues) {
      const { rows } = await backend.list(queue, { only: { status: 'leased' } })
      for (const row of rows) leaseLeftMs = Math.min(leaseLeftMs, row.leaseLeftMs ?? leaseLeftMs)
    }
    if (!stopped) timer = setTimeout(() => (looking = look()), everyMs)
  }
  let timer: NodeJS.Timeout | undefined
  let looking = look()
  return {
    /** What was seen since it was asked the last time. */
    seen(): Seen {
      const seen = { rssMb, leaseLeftMs }
      rssMb = 0
      leaseLeftMs = Number.POSITIVE_INFINITY
      return seen
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** The memory of a process and of all that it has started, in MiB. */
export async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss='])
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const family = new Set([pid])
  let kilobytes = 0
  // A child has a greater number than its parent, but for the one time in 32,768 when numbers begin again.
  for (const [id = 0, parent = 0, rss = 0] of processes.sort((a, b) => a[0]! - b[0]!)) {
    if (!family.has(id) && !family.has(parent)) continue
    family.add(id)
    kilobytes += rss
  }
  return kilobytes / 1024
}
