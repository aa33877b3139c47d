import { Command } from 'commander'
import type { Target } from '../open-target.ts'
import { gateJson, gateTable } from '../screen/say-parked.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget, withTarget } from '../with-target.ts'

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
