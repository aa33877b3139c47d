import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../app/usage-error.ts'
import type { Bulk, BulkRun, Who } from '../run/bulk/bulk.ts'
import { onAbort } from '../run/on-abort.ts'
import type { Target } from './open-target.ts'
import { runJson, runLines } from './screen/bulk-table.ts'
import { progressBar } from './screen/progress.ts'
import { makeScreen } from './screen/screen.ts'
import type { Terminal } from './screen/terminal.ts'
import { stopSignal } from './supervise/stop-signal.ts'
import { userName } from './user-name.ts'
import { withTarget } from './with-target.ts'

/** The options of all commands about bulk actions. */
export interface BulkOptions extends Target {
  readonly json?: boolean
  readonly by?: string
  readonly reason?: string
}

/** Does `act` with the bulk actions of the app that is named. */
export async function withBulk(
  options: BulkOptions,
  terminal: Terminal,
  act: (bulk: Bulk, by: Who) => Promise<void>,
): Promise<void> {
  if (options.app === undefined)
    throw new UsageError('Bulk actions are checked by the stages of the app, so name it too, with --app APP.')
  const { by = userName(), reason = '' } = options
  await withTarget(options, terminal, async ({ app }) => act(await app!.bulk(), { by, reason }))
}

const lookEveryMs = 200

/**
 * Begins a run and works on it until it has ended, and says how far it is. When this process is asked to end before, or the run is
 * stopped elsewhere, it says so: any other process goes on with it.
 */
export async function followed(
  options: BulkOptions,
  terminal: Terminal,
  begin: (bulk: Bulk, by: Who) => Promise<BulkRun>,
): Promise<void> {
  await withBulk(options, terminal, async (bulk, by) => {
    const { id } = await begin(bulk, by)
    const stop = stopSignal()
    const ends = new AbortController()
    const ignore = onAbort(stop.signal, () => ends.abort())
    const working = bulk.work(ends.signal)
    const run = await follow(bulk, { id, terminal, signal: ends.signal, isQuiet: options.json ?? false })
    ends.abort()
    await working
    ignore()
    stop.dispose()
    const last = run ?? (await bulk.find(id))
    terminal.out(options.json ? JSON.stringify(runJson(last)) : runLines(last))
    if (last.state !== 'done' && last.state !== 'stopped')
      terminal.err(
        `It goes on in any process that works on this app or serves it; or stop it: pipewright bulk stop ${id}`,
      )
  })
}

interface Following {
  readonly id: string
  readonly terminal: Terminal
  readonly signal: AbortSignal
  readonly isQuiet: boolean
}

/** Resolves with the run when it has ended or was stopped; with nothing when `signal` aborts. */
async function follow(
  bulk: Bulk,
  { id, terminal, signal, isQuiet }: Following,
): Promise<BulkRun | undefined> {
  const screen = makeScreen(terminal)
  while (!signal.aborted) {
    const run = await bulk.find(id)
    if (run.state === 'done' || run.state === 'stopped') {
      screen.stay([])
      return run
    }
    if (terminal.errIsWatched && !isQuiet) screen.stay([progressOf(run)])
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  screen.stay([])
  return undefined
}

function progressOf({ id, total = 0, done, refused, held, passedOver }: BulkRun): string {
  const share = total === 0 ? 0 : Math.min(1, (done + refused + held + passedOver) / total)
  return `${progressBar(share)}  ${id}: ${done} done, ${refused} refused`
}
