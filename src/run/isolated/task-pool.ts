import { systemClock } from '../../queue/clock.ts'
import { keepContext } from '../../queue/keep-context.ts'
import { onAbort } from '../on-abort.ts'
import type { Host, Said } from './host.ts'
import type { IsolatedWork } from './isolated-work.ts'
import { openProcess } from './open-process.ts'
import { openThread } from './open-thread.ts'
import { type Silence, watchSilence } from './silence.ts'
import { crashError, stallError, taskError } from './task-error.ts'

/** What the hosts of a pool run, and how. */
export interface TaskPoolOptions {
  readonly module: string
  readonly where: 'process' | 'thread'
  readonly config: unknown
  readonly maxMemoryMb: number | undefined
  readonly idleMs: number
  readonly stopMs: number
  readonly stallMs: number | undefined
}

/** Runs values through the default export of one module, each in a host of its own. */
export interface TaskPool {
  /** Settles when nothing of the work runs any more, also when the signal of `ctx` has aborted. */
  readonly run: (value: unknown, ctx: IsolatedWork) => Promise<unknown>
}

/** A pool that starts hosts as they are needed and keeps idle ones for a while. */
export function makeTaskPool(options: TaskPoolOptions): TaskPool {
  const { module, where, config, idleMs } = options
  /** Hosts that have nothing to do, each with the function that cancels its end. */
  const idle = new Map<Host, () => void>()
  // Hosts live longer than the work for which they were started.
  const start = keepContext(startHost)
  const keep = keepContext(keepHost)

  return {
    async run(value, ctx) {
      ctx.signal.throwIfAborted()
      const host = take()
      try {
        return await runIn(host, value, ctx, options)
      } finally {
        if (host.alive()) keep(host)
      }
    },
  }

  function take(): Host {
    const [host, callOffEnd] = [...idle].at(-1) ?? []
    if (!host) return start()
    callOffEnd!()
    idle.delete(host)
    host.keepAlive(true)
    return host
  }

  function startHost(): Host {
    const host = where === 'process' ? openProcess(options) : openThread(options)
    host.send({ kind: 'load', module, config })
    return host
  }

  function keepHost(host: Host): void {
    host.keepAlive(false)
    idle.set(
      host,
      systemClock.after(idleMs, () => host.kill()),
    )
    host.ended = () => {
      idle.get(host)?.()
      idle.delete(host)
    }
  }
}

function runIn(host: Host, value: unknown, ctx: IsolatedWork, options: TaskPoolOptions): Promise<unknown> {
  const { id, key, stageKey, attempt, signal, log, progress } = ctx
  const { module, where, stopMs, stallMs } = options
  return new Promise((resolve, reject) => {
    let callOffKill: (() => void) | undefined
    let stopListening: (() => void) | undefined
    let silence: Silence | undefined
    let stalled: Error | undefined
    const onSilence = () => {
      stalled = stallError(module, stallMs!)
      host.kill()
    }
    const stop = () => {
      host.send({ kind: 'abort', reason: String(signal.reason?.message ?? signal.reason) })
      callOffKill = systemClock.after(stopMs, () => host.kill())
    }
    const settle = (act: () => void) => {
      callOffKill?.()
      silence?.stop()
      stopListening?.()
      host.receive = () => {}
      act()
    }
    host.receive = keepContext((said: Said) => {
      // From its first message on: loading the module is not yet work.
      if (stallMs !== undefined) silence ??= watchSilence(stallMs, onSilence)
      silence?.interrupt()
      if (said.kind === 'alive') return
      if (said.kind === 'progress') progress(said.fraction, said.note)
      else if (said.kind === 'log') log[said.level](said.message, said.fields)
      else if (said.kind === 'done') settle(() => resolve(said.result))
      else settle(() => reject(signal.aborted ? signal.reason : taskError(said.error)))
    })
    host.ended = keepContext((how: string) =>
      settle(() => reject(signal.aborted ? signal.reason : (stalled ?? crashError(module, where, how)))),
    )
    stopListening = onAbort(signal, stop)
    try {
      host.send({ kind: 'run', value, id, key, stageKey, attempt, stallMs })
    } catch (error) {
      settle(() => reject(error))
    }
  })
}
