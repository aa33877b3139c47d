import { Command } from 'commander'
import type { Backend } from '../../queue/backend.ts'
import { findNamed } from '../../queue/find-named.ts'
import { wholeNumber } from '../app-options.ts'
import type { Target } from '../open-target.ts'
import { gateJson, gateTable } from '../screen/say-parked.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

const longestSeconds = 36_525 * 86_400

/** `pipewright gates`: what each gate lets through, and what is held there. */
export function gatesCommand(terminal: Terminal): Command {
  return addTarget(new Command('gates'))
    .description('show the gates, and why nothing passes them')
    .action(async (options: Target & { json?: boolean }) => {
      await withTarget(options, terminal, async ({ backend }) => {
        const gates = await backend.gates()
        terminal.out(options.json ? JSON.stringify(gates.map(gateJson)) : gateTable(gates))
      })
    })
}

/** `pipewright gate close NAME` and `pipewright gate open NAME`. */
export function gateCommand(terminal: Terminal): Command {
  const command = new Command('gate').description('close or open a gate')
  return command.addCommand(turning(terminal, true)).addCommand(turning(terminal, false))
}

interface Turning extends Target {
  readonly json?: boolean
  readonly key?: string
  readonly reason?: string
  readonly for?: number
}

function turning(terminal: Terminal, closed: boolean): Command {
  const command = addTarget(new Command(closed ? 'close' : 'open'))
    .description(closed ? 'let nothing pass a gate' : 'let a closed gate pass again, its failures forgotten')
    .argument('<gate>', 'the gate, such as grin, or a queue')
    .option('--key <key>', 'only for the messages of this key')
    .option('--reason <text>', 'why, for those who wait')
  if (closed)
    command.option('--for <seconds>', 'for so long; else until it is opened', wholeNumber(1, longestSeconds))
  return command.action(async (given: string, options: Turning) => {
    await withTarget(options, terminal, async ({ backend }) => {
      const name = await findGate(backend, given)
      const { key, reason, for: seconds } = options
      const forMs = seconds === undefined ? undefined : seconds * 1000
      await backend.commit([{ kind: 'gate', name, key, closed, forMs, actor: userName(), reason }])
      const gate = key === undefined ? name : `${name} for ${key}`
      if (options.json) return terminal.out(JSON.stringify({ gate: name, ...(key && { key }), closed }))
      terminal.out(`gate ${gate} is ${closed ? 'closed' : 'open'}`)
    })
  })
}

/** The gate called `name`, or the queue; of these the only one whose name ends so. Rejects with `NotFoundError`. */
async function findGate(backend: Backend, name: string): Promise<string> {
  const [gates, counts] = await Promise.all([backend.gates(), backend.count()])
  const names = new Set([...gates.map((gate) => gate.name), ...counts.map(({ queue }) => queue)])
  return findNamed(name, [...names], { one: 'gate', all: 'gates, and queues,' })
}
