import { Command } from 'commander'
import { escapeControls } from '../../app/escape-controls.ts'
import { openApp } from '../../app/open-app.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { layOut } from '../../pipeline/lay-out.ts'
import { type AppOptions, addAppOptions } from '../app-options.ts'
import type { Terminal } from '../screen/terminal.ts'
import { type Shadow, shadowTurns } from '../shadow-turns.ts'
import { processLog } from '../supervise/process-log.ts'
import { spanMs } from '../time-span.ts'

const maxShown = 50

interface Options extends AppOptions {
  /** Milliseconds. */
  readonly since: number
}

/** `pipewright shadow APP`: replays remembered turns with today's stages, and shows which would come out otherwise. Writes to no database. */
export function shadowCommand(terminal: Terminal): Command {
  return addAppOptions(new Command('shadow'))
    .description(
      'replay what is remembered with the stages of today, without work, and show what would go elsewhere',
    )
    .argument('<app>', 'the module of the app')
    .option('--since <time>', 'how far back, such as 1d, 12h or 30m', spanMs, spanMs('1d'))
    .action(async (path: string, options: Options) => {
      const look = { mayWrite: false, absent: [] }
      await looking(look, () => shadow(path, options, terminal))
    })
}

async function shadow(path: string, { config, db, json = false, since }: Options, terminal: Terminal) {
  const app = await openApp({ app: path, config, db }, processLog('shadow', terminal, { json }))
  try {
    const layout = layOut(app.workflow, app.name)
    const found = await shadowTurns(app.backend, app.name, { layout, since: Date.now() - since })
    if (json) terminal.out(JSON.stringify(found))
    else say(found, terminal)
    const { differences, replayed } = found
    if (differences.length > 0)
      throw new Error(`${differences.length} of ${replayed} remembered turns would come out otherwise.`)
  } finally {
    await app.close()
  }
}

function say({ replayed, decided, unknown, differences }: Shadow, terminal: Terminal): void {
  for (const { id, queue, hop, event, was, would } of differences.slice(0, maxShown))
    terminal.out(escapeControls(`${queue} ${id} (hop ${hop}, ${event}): did ${was}, would ${would}`))
  const open = replayed - decided
  terminal.out(
    `${replayed} turns replayed: ${decided} to their end, ${open} up to their work, which is not done again` +
      (unknown > 0 ? `; of ${unknown} more not enough was kept` : ''),
  )
}
