import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { Running } from '../../serve/steering/shapes.ts'
import type { Terminal } from '../screen/terminal.ts'
import { findUp } from '../up/ask.ts'
import { runningJson } from '../up/say-running.ts'
import { addWhichUp, type WhichOptions } from '../up/which-up.ts'

const lookEveryMs = 50

/** `pipewright down`: an `up` ends, and with it all its processes. */
export function downCommand(terminal: Terminal): Command {
  return addWhichUp(new Command('down'))
    .description('end `up` and all its processes, when they have ended their work or given it back')
    .action(async (options: WhichOptions) => {
      const facts = Running.parse(await findUp(options).ask('POST', '/down'))
      while (isThere(facts.pid)) await sleep(lookEveryMs)
      terminal.out(options.json ? JSON.stringify(runningJson(facts)) : `${facts.app} is down`)
    })
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Of another user, perhaps: then it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
