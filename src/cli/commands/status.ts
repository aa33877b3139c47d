import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { Target } from '../open-target.ts'
import { countJson } from '../screen/iso-times.ts'
import { type QueueStatus, queueStatus } from '../screen/queue-status.ts'
import { statusTable } from '../screen/status-table.ts'
import type { Terminal } from '../screen/terminal.ts'
import { stopSignal } from '../supervise/stop-signal.ts'
import { addTarget, withTarget } from '../with-target.ts'

const everyMs = 1000

/** `pipewright status`: counts, ages and rates of the queues. */
export function statusCommand(terminal: Terminal): Command {
  return addTarget(new Command('status'))
    .description('show how the queues are doing')
    .option('--watch', 'show it again every second')
    .action(async (options: Target & { json?: boolean; watch?: boolean }) => {
      await withTarget(options, terminal, async ({ backend, workflow }) => {
        if (!options.watch) return terminal.out(say(await queueStatus(backend, workflow), options.json))
        const stop = stopSignal()
        const signal = AbortSignal.any([stop.signal, terminal.gone])
        while (!signal.aborted) {
          const text = say(await queueStatus(backend, workflow), options.json)
          terminal.out(terminal.outIsWatched && !options.json ? `\x1b[H\x1b[2J${text}` : text)
          await terminal.drained()
          await sleep(everyMs, undefined, { signal }).catch(() => {})
        }
        stop.dispose()
      })
    })
}

function say(statuses: readonly QueueStatus[], json: boolean | undefined): string {
  return json ? JSON.stringify(statuses.map(countJson)) : statusTable(statuses)
}
