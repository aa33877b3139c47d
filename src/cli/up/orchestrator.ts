import { resolve } from 'node:path'
import type { OpenApp } from '../../app/open-app.ts'
import { sayError } from '../../app/say-error.ts'
import { InvalidError } from '../../queue/errors.ts'
import { serveSteering } from '../../serve/steering/serve-steering.ts'
import type { RunningFacts } from '../../serve/steering/shapes.ts'
import type { Steerable, Verb } from '../../serve/steering/steer.ts'
import { accompany } from '../beside/accompany.ts'
import { ending, hurryMs } from '../supervise/ending.ts'
import type { StopSignal } from '../supervise/stop-signal.ts'
import { aborted } from '../supervise/work.ts'
import { Turns } from '../turns.ts'
import { type BoardFacts, sayNames } from './board.ts'
import { type Current, type Rereading, reread } from './current.ts'
import { Fleet } from './fleet.ts'
import { type Home, rememberHome } from './home.ts'
import type { ReloadSignal } from './reload-signal.ts'
import { watch } from './watch.ts'

interface Around extends Rereading {
  /** Called every second with what a board shows, if a person watches. */
  readonly show: ((facts: BoardFacts) => void) | undefined
}

interface Signals {
  readonly stop: StopSignal
  readonly reloading: ReloadSignal
}

const tellEveryMs = 5000

/** Runs the processes of a plan, and lets them be steered, until all are to end. */
export class Orchestrator implements Steerable {
  #current: Current
  readonly #turns = new Turns()
  #endWatch: () => Promise<void> = async () => {}
  readonly #around: Around
  readonly #fleet: Fleet
  readonly #since = Date.now()
  readonly #over = new AbortController()

  constructor(current: Current, around: Around) {
    this.#current = current
    this.#around = around
    const { log } = around.journal
    this.#fleet = new Fleet(current.plan.groups, { log, line: (line) => around.journal.add(line) })
  }

  /** The app as it is open now. */
  get app(): OpenApp {
    return this.#current.app
  }

  /** Resolves when all has ended; rejects with a sentence if one of the first processes does not come up. */
  async run(home: Home, { stop, reloading }: Signals): Promise<void> {
    const { journal } = this.#around
    const { log } = journal
    const fleet = this.#fleet
    stop.beforeLeaving(() => fleet.hurry(), hurryMs)
    const kill = () => fleet.kill()
    process.once('exit', kill)
    reloading.onAsked(() => void this.reload().catch(() => {}))
    const asked = () => this.down()
    stop.signal.addEventListener('abort', asked, { once: true })
    if (stop.signal.aborted) asked()
    this.#watch()
    let closeSteering = async () => {}
    try {
      closeSteering = await serveSteering(home.socket, this, log)
      this.#announce(home)
      const fault = await Promise.race([this.#firstFault(), aborted(this.#over.signal)])
      if (fault) this.down()
      await aborted(this.#over.signal)
      await this.#end()
      if (fault) throw new Error(fault)
    } finally {
      await fleet.end()
      stop.signal.removeEventListener('abort', asked)
      process.off('exit', kill)
      await this.#turns.over()
      await this.#endWatch()
      journal.book.close()
      await closeSteering()
    }
  }

  look(): RunningFacts {
    const { file } = this.#current
    return {
      ...{ pid: process.pid, since: this.#since, config: resolve(file.path), app: this.app.name },
      ...{ groups: this.#fleet.groups, processes: this.#fleet.processes },
    }
  }

  steer(verb: Verb, groups?: readonly string[]): Promise<readonly string[]> {
    this.#around.journal.log.info(said[verb], { processes: groups?.join(',') ?? 'all' })
    return this.#fleet.steer(verb, groups)
  }

  scale(group: string, processes: number): Promise<readonly string[]> {
    this.#around.journal.log.info('A stage is to have another number of processes.', { group, processes })
    return this.#fleet.scale(group, processes)
  }

  reload(): Promise<readonly string[]> {
    return this.#turns.take(() => this.#reload())
  }

  down(): void {
    if (this.#over.signal.aborted) return
    this.#around.journal.log.info(ending)
    this.#over.abort()
  }

  async *lines({ group, last, signal }: Parameters<Steerable['lines']>[0]): AsyncGenerator<string, void> {
    yield* this.#around.journal.book.lines(group, last, signal)
  }

  async #end(): Promise<void> {
    const { log } = this.#around.journal
    const telling = setInterval(() => {
      log.info('Waiting for processes to end their work.', { processes: sayNames(this.#fleet.processes) })
    }, tellEveryMs)
    await this.#fleet.end().finally(() => clearInterval(telling))
  }

  async #firstFault(): Promise<string | undefined> {
    const [name] = await this.#fleet.firstUp()
    if (name === undefined) this.#around.journal.log.info('All processes have come up.')
    return name === undefined ? undefined : `Process ${name} did not come up; see its lines above.`
  }

  #announce(home: Home): void {
    const { file } = this.#current
    home.announce(resolve(file.path))
    try {
      rememberHome(file.path, home.folder)
    } catch (error) {
      this.#around.journal.log.warn(
        'Commands have to be told the database, with --db: its place could not be noted.',
        {
          error: sayError(error),
        },
      )
    }
  }

  async #reload(): Promise<readonly string[]> {
    const { log } = this.#around.journal
    if (this.#over.signal.aborted) return ['All is ending.']
    try {
      const next = await reread(this.#current, this.#around)
      const before = this.#current
      this.#current = next
      if (next.app !== before.app) {
        await this.#endWatch()
        this.#watch()
        await before.app.close()
      }
      const faults = await this.#fleet.take(next.plan.groups)
      for (const fault of faults) log.error(fault)
      log.info('The file was read again.', { path: next.file.path })
      return faults
    } catch (error) {
      const safe = this.#around.journal.plain(error)
      log.error('The file was refused; all goes on as before.', { error: sayError(safe) })
      throw new InvalidError(sayError(safe))
    }
  }

  #watch(): void {
    const { journal, show } = this.#around
    const { app, queues } = this.#current
    const company = accompany(app, queues, { log: journal.log, ending: this.#over.signal })
    const endWatch = watch(app, {
      found: () => this.#fleet.summon(this.#current.plan.suspects),
      show:
        show &&
        ((statuses) =>
          show({
            ...this.look(),
            ...{ statuses, failures: journal.failures, isEnding: this.#over.signal.aborted },
          })),
      mirror: this.#current.file.settings.mirror,
      log: journal.log,
    })
    this.#endWatch = async () => {
      await Promise.all([company.end(), endWatch()])
    }
  }
}

const said = {
  start: 'Processes are to run.',
  stop: 'Processes are to end.',
  restart: 'Processes are to be replaced.',
} as const
