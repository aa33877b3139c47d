import { databaseOf } from '../../app/database/database-of.ts'
import type { OpenApp } from '../../app/open-app.ts'
import { readUpFile, type UpFile } from '../../app/up/read-up-file.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import { InvalidError } from '../../queue/errors.ts'
import type { Environment } from './environment.ts'
import type { Journal } from './journal.ts'
import { openUp } from './open-up.ts'
import { type Plan, planOf } from './plan.ts'

/** What the file said, and what has become of it. */
export interface Current {
  readonly file: UpFile
  readonly app: OpenApp
  readonly queues: Queues<any, any, any, any>
  readonly plan: Plan
}

/** With what a file is read again. */
export interface Rereading {
  readonly journal: Journal
  readonly environment: Environment
  /** The app, where the file does not name it. */
  readonly app?: string | undefined
  /** The database, in place of what the file says. */
  readonly db?: string | undefined
}

/** What the file says now, checked, with the app of `before` where that is opened in the same way. Nothing has changed if this rejects. */
export async function reread(before: Current, rereading: Rereading): Promise<Current> {
  const { journal, environment } = rereading
  const { app, queues } = before
  const file = await readUpFile(before.file.path, {
    env: environment.outer,
    app: rereading.app,
    db: rereading.db,
  })
  if (file.settings.app !== before.file.settings.app || file.db !== before.file.db)
    throw new InvalidError(
      `${file.at([file.settings.app === before.file.settings.app ? 'backend' : 'app'])}: Another app or database takes a new start: \`pipewright down\`, then \`up\`.`,
    )
  journal.begin(file)
  for (const note of file.notes) journal.log.info(note)
  if (isSame(file, before.file)) return { file, app, queues, plan: planOf(file, app, journal.level) }
  environment.set(file.settings.env)
  try {
    return await opened(file, before, journal)
  } catch (error) {
    environment.set(before.file.settings.env)
    journal.begin(before.file)
    throw error
  }
}

async function opened(file: UpFile, before: Current, journal: Journal): Promise<Current> {
  const app = await openUp(file, journal.log)
  try {
    if (databaseOf(app.backend) !== databaseOf(before.app.backend))
      throw new InvalidError(
        'This config is about another database, which takes a new start: `pipewright down`, then `up`.',
      )
    const plan = planOf(file, app, journal.level)
    const queues = await app.makeQueues()
    return { file, app, queues, plan }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** Whether both open the app in the same way. */
function isSame(one: UpFile, other: UpFile): boolean {
  const opening = ({ config, settings: { env, serve, mirror } }: UpFile) =>
    JSON.stringify([config, env, serve, mirror])
  return opening(one) === opening(other)
}
