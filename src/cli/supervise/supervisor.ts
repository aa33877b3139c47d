import type { Log } from '../../run/log.ts'
import type { LogLine } from '../screen/line-log.ts'
import { Child } from './child.ts'
import type { ChildSpec } from './fork-process.ts'

/** Several processes that run together: all are asked to end at once, and if one is given up, all end. */
export interface Supervisor {
  /** Resolves when all have ended; rejects then with a sentence if that is because one kept crashing or was refused. */
  readonly ended: Promise<void>
  /** Starts one more that leaves by itself, unless it runs already, was refused, or all are to end. */
  readonly summon: (spec: ChildSpec) => void
  /** Resolves when each of those it began with has come up once, or has ended. */
  readonly ready: Promise<void>
  /** Asks all to end; kills those that have not after a minute. */
  readonly stop: () => void
  /** Gives all a moment to give back what they hold, then kills those that are left. Resolves when all are gone. */
  readonly hurry: () => Promise<void>
  /** Ends all at once. */
  readonly kill: () => void
}

const patienceMs = 60_000
const hurryMs = 1500

/** Starts a process for each of `specs` and keeps them running. */
export function supervise(
  specs: readonly ChildSpec[],
  { log, line }: { readonly log: Log; readonly line: (line: LogLine) => void },
): Supervisor {
  let fault: Error | undefined
  let late: NodeJS.Timeout | undefined
  let isStopping = false
  const unwelcome = new Set<string>()
  const lasting = specs.map(start)
  let summoned: readonly Child[] = []
  const children = () => [...lasting, ...summoned]
  const ready = Promise.all(lasting.map((child) => child.ready)).then(() => {})
  return { ended: allEnded(), ready, summon, stop, hurry, kill }

  function start(spec: ChildSpec): Child {
    return new Child(spec, { log, line, gaveUp, refused })
  }

  function summon(spec: ChildSpec): void {
    summoned = summoned.filter((child) => !child.hasEnded)
    const isThere = summoned.some(({ name }) => name === spec.name)
    if (!isThere && !isStopping && !unwelcome.has(spec.name)) summoned = [...summoned, start(spec)]
  }

  function stop(): void {
    isStopping = true
    for (const child of children()) child.stop()
    late ??= setTimeout(() => {
      log.error('Some processes did not end within a minute; ending them now.')
      kill()
    }, patienceMs)
  }

  async function hurry(): Promise<void> {
    for (const child of children()) child.hurry()
    const late = setTimeout(kill, hurryMs)
    await Promise.all(children().map(({ ended }) => ended))
    clearTimeout(late)
  }

  function kill(): void {
    for (const child of children()) child.kill()
  }

  function gaveUp(sentence: string): void {
    fault ??= new Error(sentence)
    stop()
  }

  // The others of its command go on with what they have begun: during a deploy these are the older version.
  function refused(sentence: string, { command, name }: Child): void {
    unwelcome.add(name)
    if (lasting.some((child) => child.command === command && !child.hasEnded)) log.error(sentence)
    else gaveUp(sentence)
  }

  async function allEnded(): Promise<void> {
    await Promise.all(lasting.map(({ ended }) => ended))
    await Promise.all(summoned.map(({ ended }) => ended))
    clearTimeout(late)
    if (fault) throw fault
  }
}
