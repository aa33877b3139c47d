import { Command } from 'commander'
import { UsageError } from '../../app/usage-error.ts'
import type { Backend } from '../../queue/backend.ts'
import type { TurnGate } from '../../queue/change.ts'
import { findNamed } from '../../queue/find-named.ts'
import type { Rate } from '../../queue/gate.ts'
import { wholeNumber } from '../app-options.ts'
import type { Target } from '../open-target.ts'
import { limitOrDefault, rateOrDefault } from '../rate.ts'
import { sayRate } from '../screen/say-overridden.ts'
import type { Terminal } from '../screen/terminal.ts'
import { userName } from '../user-name.ts'
import { addTarget, withTarget } from '../with-target.ts'

const longestSeconds = 36_525 * 86_400

/** `pipewright gate close NAME`, `pipewright gate open NAME`, and `pipewright gate NAME`, which sets its limit and rate. */
export function gateCommand(terminal: Terminal): Command {
  // What stands behind `close` is for that.
  const command = setting(terminal, new Command('gate').enablePositionalOptions())
  return command.addCommand(turning(terminal, true)).addCommand(turning(terminal, false))
}

interface ByHand extends Target {
  readonly json?: boolean
  readonly key?: string
  readonly by?: string
  readonly reason?: string
}

interface Turning extends ByHand {
  readonly for?: number
}

interface Setting extends ByHand {
  readonly limit?: number | 'default'
  readonly rate?: Rate | 'default'
  readonly burst?: number
}

function addByHand(command: Command): Command {
  return addTarget(command)
    .argument('<gate>', 'the gate, such as grin, or a queue')
    .option('--key <key>', 'only for the messages of this key')
    .option('--by <name>', 'who does it, for the history; by default the user of this machine')
    .option('--reason <text>', 'why, for those who wait')
}

function setting(terminal: Terminal, command: Command): Command {
  return addByHand(command)
    .description('set the limit and the rate of a gate by hand, or close or open it')
    .option('--limit <n>', 'how many units may be held at once; default: as declared', limitOrDefault)
    .option('--rate <units/time>', 'how fast they may pass, such as 5/s; default: as declared', rateOrDefault)
    .option('--burst <n>', 'how many may pass at once after a rest, with --rate', wholeNumber(1, 1e9))
    .action(async (given: string, options: Setting) => {
      const { key, by: actor = userName(), reason } = options
      const set = settingsIn(options)
      await withTarget(options, terminal, async ({ backend }) => {
        const name = await findGate(backend, given)
        await backend.commit([{ kind: 'gate', name, key, ...set, actor, reason }])
        if (options.json) return terminal.out(JSON.stringify({ gate: name, key, ...set }))
        terminal.out(`gate ${nameOf(name, key)} has ${saySettings(set)}`)
      })
    })
}

function settingsIn({ limit, rate, burst }: Setting): Pick<TurnGate, 'limit' | 'rate'> {
  if (limit === undefined && rate === undefined)
    throw new UsageError('Say what is to be set, with --limit or --rate, or use gate close or gate open.')
  const isPace = rate !== undefined && rate !== 'default'
  if (burst !== undefined && !isPace) throw new UsageError('A --burst is that of a --rate; give both.')
  return {
    ...(limit !== undefined && { limit: limit === 'default' ? null : limit }),
    ...(rate !== undefined && { rate: isPace ? { ...rate, ...(burst && { burst }) } : null }),
  }
}

function saySettings({ limit, rate }: Pick<TurnGate, 'limit' | 'rate'>): string {
  return [
    ...(limit === undefined ? [] : [limit === null ? 'its declared limit' : `limit ${limit}`]),
    ...(rate === undefined ? [] : [rate === null ? 'its declared rate' : `rate ${sayRate(rate)}`]),
  ].join(', ')
}

function nameOf(name: string, key: string | undefined): string {
  return key === undefined ? name : `${name} for ${key}`
}

function turning(terminal: Terminal, closed: boolean): Command {
  const command = addByHand(new Command(closed ? 'close' : 'open')).description(
    closed ? 'let nothing pass a gate' : 'let a closed gate pass again, its failures forgotten',
  )
  if (closed)
    command.option('--for <seconds>', 'for so long; else until it is opened', wholeNumber(1, longestSeconds))
  return command.action(async (given: string, options: Turning) => {
    await withTarget(options, terminal, async ({ backend }) => {
      const name = await findGate(backend, given)
      const { key, by: actor = userName(), reason, for: seconds } = options
      const forMs = seconds === undefined ? undefined : seconds * 1000
      await backend.commit([{ kind: 'gate', name, key, closed, forMs, actor, reason }])
      if (options.json) return terminal.out(JSON.stringify({ gate: name, ...(key && { key }), closed }))
      terminal.out(`gate ${nameOf(name, key)} is ${closed ? 'closed' : 'open'}`)
    })
  })
}

/** The gate called `name`, or the queue; of these the only one whose name ends so. Rejects with `NotFoundError`. */
async function findGate(backend: Backend, name: string): Promise<string> {
  const [gates, counts] = await Promise.all([backend.gates(), backend.count()])
  const names = new Set([...gates.map((gate) => gate.name), ...counts.map(({ queue }) => queue)])
  return findNamed(name, [...names], { one: 'gate', all: 'gates, and queues,' })
}
