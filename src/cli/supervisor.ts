import type { Log } from '../run/log.ts'
import { Child, type ChildSpec } from './child.ts'
import type { LogLine } from './line-log.ts'

/** Several processes that run together: what is asked of one is asked of all, and if one gives up, all end. */
export interface Supervisor {
  /** Resolves when all have ended; rejects then with a sentence if that is because one kept crashing. */
  readonly ended: Promise<void>
  /** Asks all to end; kills those that have not after a minute. */
  readonly stop: () => void
  /** Ends all at once. */
  readonly kill: () => void
}

const patienceMs = 60_000

/** Starts a process for each of `specs` and keeps them running. */
export function supervise(
  specs: readonly ChildSpec[],
  { log, line }: { readonly log: Log; readonly line: (line: LogLine) => void },
): Supervisor {
  let fault: Error | undefined
  let late: NodeJS.Timeout | undefined
  const children = specs.map((spec) => new Child(spec, { log, line, gaveUp }))
  return { ended: allEnded(), stop, kill }

  function stop(): void {
    for (const child of children) child.stop()
    late ??= setTimeout(() => {
      log.error('Some processes did not end within a minute; ending them now.')
      kill()
    }, patienceMs)
  }

  function kill(): void {
    for (const child of children) child.kill()
  }

  function gaveUp(sentence: string): void {
    fault ??= new Error(sentence)
    stop()
  }

  async function allEnded(): Promise<void> {
    await Promise.all(children.map(({ ended }) => ended))
    clearTimeout(late)
    if (fault) throw fault
  }
}
