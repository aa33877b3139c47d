import { Command } from 'commander'
import { escapeControls } from '../../app/escape-controls.ts'
import { type OpenApp, openApp } from '../../app/open-app.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { fingerprint } from '../../pipeline/fingerprint.ts'
import { type LaidOut, layOut } from '../../pipeline/lay-out.ts'
import { refuseOlder } from '../../queue/older-deploy.ts'
import { type AppOptions, addAppOptions } from '../app-options.ts'
import { checkPayloads } from '../check-payloads.ts'
import { checkRenames } from '../check-renames.ts'
import type { Terminal } from '../screen/terminal.ts'
import { processLog } from '../supervise/process-log.ts'

const maxShown = 50

/** `pipewright check APP`: config, wiring, and every waiting payload against today's schemas. Writes to no database. */
export function checkCommand(terminal: Terminal): Command {
  return addAppOptions(new Command('check'))
    .description('check the config, the wiring, and all that waits against the schemas of today')
    .argument('<app>', 'the module of the app')
    .action(async (path: string, options: AppOptions) => {
      const look = { mayWrite: false, absent: [] }
      await looking(look, () => check(path, { ...options, absent: look.absent }, terminal))
    })
}

interface Checking extends AppOptions {
  /** The databases that are not there, once the app is open. */
  readonly absent: readonly string[]
}

async function check(path: string, { config, db, json = false, absent }: Checking, terminal: Terminal) {
  // Opening reads the config, and making the workflow has checked its wiring.
  const app = await openApp({ app: path, config, db }, processLog('check', terminal, { json }))
  try {
    app.checkAddress()
    const laid = layOut(app.workflow, app.name)
    const warnings = await checkDeploy(app, laid)
    const found = await checkPayloads(app.backend, app.name, { ...laid, input: app.workflow.input })
    const { checked, misfits } = found
    if (json) terminal.out(JSON.stringify({ config: 'ok', wiring: 'ok', absent, warnings, ...found }))
    else {
      for (const warning of warnings) terminal.err(`${terminal.paint('yellow', 'warning:')} ${warning}`)
      for (const { queue, id, fault } of misfits.slice(0, maxShown)) {
        terminal.out(escapeControls(`${queue} ${id}: ${fault}`))
      }
    }
    if (misfits.length > 0) throw new Error(`${misfits.length} of ${checked} waiting messages do not fit.`)
    if (!json) terminal.out(`config ok, wiring ok, ${sayWaiting(absent, checked)}`)
  } finally {
    await app.close()
  }
}

function sayWaiting([absent]: readonly string[], checked: number): string {
  if (absent !== undefined) return `nothing waits: there is no database ${absent} yet`
  return `${checked} waiting ${checked === 1 ? 'message fits' : 'messages fit'}`
}

/** Refuses a version that could not be started on the database of `app`, and warns of likely mistakes. */
async function checkDeploy(
  { backend, name, workflow }: OpenApp,
  laid: LaidOut<any, any>,
): Promise<readonly string[]> {
  const [all, deploys] = await Promise.all([backend.count(), backend.deploys(name)])
  const counts = all.filter((count) => count.workflow === name && count.role !== 'inbox')
  const declaration = { workflow: name, queues: laid.specs, fingerprint: fingerprint(workflow, laid) }
  refuseOlder(declaration, { deploys, queues: counts.map(({ queue }) => queue) })
  return checkRenames(laid.specs, counts)
}
