import { once } from 'node:events'
import { Command } from 'commander'
import { wholeNumber } from '../app-options.ts'
import { commandLog } from '../screen/command-log.ts'
import { parseLine } from '../screen/line-log.ts'
import { makeScreen } from '../screen/screen.ts'
import type { Terminal } from '../screen/terminal.ts'
import { readLines } from '../supervise/read-lines.ts'
import { stopSignal } from '../supervise/stop-signal.ts'
import { findUp } from '../up/ask.ts'
import { addWhichUp, type WhichOptions } from '../up/which-up.ts'

interface Options extends WhichOptions {
  readonly follow?: boolean
  readonly lines: number
}

/** `pipewright logs`: what the processes of an `up` have logged. */
export function logsCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('logs'))
    .description('show the last lines that the processes of `up` have logged')
    .argument('[stage]', 'only those of one stage or process; `up` for its own')
    .option('-f, --follow', 'and those that come')
    .option('-n, --lines <n>', 'how many of the last', wholeNumber(0, 10_000), 100)
    .action(async (stage: string | undefined, options: Options) => {
      const { json, follow = false, lines } = options
      const stop = stopSignal()
      const signal = AbortSignal.any([stop.signal, terminal.gone])
      const query = new URLSearchParams({ lines: `${lines}`, follow: `${follow}` })
      if (stage !== undefined) query.set('group', stage)
      const stream = await findUp(options).stream(`/logs?${query}`, signal)
      const out = { ...terminal, err: terminal.out, errIsWatched: false }
      const { line } = commandLog(
        'logs',
        { screen: makeScreen(out), terminal },
        { ...options, logLevel: 'debug' },
      )
      readLines(stream, (text) => {
        const parsed = parseLine(text)
        if (parsed && !json) line(parsed)
        else if (text !== '') terminal.out(text)
      })
      await once(stream, 'close').catch(overlookEnd)
      stop.dispose()
    })
}

/** An `up` that is killed, or a reader that has had enough, ends it in the middle. */
function overlookEnd(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNRESET' && error.name !== 'AbortError') throw error
}
