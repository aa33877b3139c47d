import { fileOf } from '../../app/database/database-of.ts'
import { readUpFile } from '../../app/up/read-up-file.ts'
import { letEnter } from '../let-enter.ts'
import { refusePrivate } from '../private-backend.ts'
import type { StopSignal } from '../supervise/stop-signal.ts'
import type { BoardFacts } from './board.ts'
import { Environment } from './environment.ts'
import { homeOf, takeHome } from './home.ts'
import type { Journal } from './journal.ts'
import { openUp } from './open-up.ts'
import { Orchestrator } from './orchestrator.ts'
import { planOf } from './plan.ts'
import { type ReloadSignal, reloadSignal } from './reload-signal.ts'

/** What runs, and how it is shown. */
export interface UpOptions {
  /** The file. */
  readonly path: string
  /** The app, where the file does not name it. */
  readonly app?: string | undefined
  /** The database, in place of what the file says. */
  readonly db?: string | undefined
  readonly journal: Journal
  readonly stop: StopSignal
  /** Called every second with what a board shows, if a person watches. */
  readonly show: ((facts: BoardFacts) => void) | undefined
}

/**
 * Runs what the file says until it is asked to end. Resolves when all processes have ended; rejects with a sentence if the file, or
 * one of its first processes, is refused, or if another one runs on the same database.
 */
export async function up(options: UpOptions): Promise<void> {
  const reloading = reloadSignal()
  await runUp(options, reloading).finally(reloading.dispose)
}

async function runUp(
  { path, app: given, db, journal, stop, show }: UpOptions,
  reloading: ReloadSignal,
): Promise<void> {
  const { log } = journal
  const environment = new Environment()
  const file = await readUpFile(path, { env: environment.outer, app: given, db })
  journal.begin(file)
  for (const note of file.notes) log.info(note)
  environment.set(file.settings.env)
  let app = await openUp(file, log)
  try {
    refusePrivate(app.name, app.backend)
    const plan = planOf(file, app, journal.level)
    const home = takeHome(homeOf(fileOf(app.backend), path))
    try {
      const queues = await app.makeQueues()
      await letEnter(app, queues, { log, signal: stop.signal })
      if (stop.signal.aborted) return
      const orchestrator = new Orchestrator(
        { file, app, plan, queues },
        { journal, environment, show, app: given, db },
      )
      await orchestrator.run(home, { stop, reloading }).finally(() => {
        app = orchestrator.app
      })
    } finally {
      home.leave()
    }
  } finally {
    await app.close()
    environment.set({})
  }
}
