import { type OpenApp, openApp } from '../../app/open-app.ts'
import type { UpFile } from '../../app/up/read-up-file.ts'
import type { Log } from '../../run/log.ts'

/** Opens the app that `file` is about. */
export function openUp({ settings, config, db }: UpFile, log: Log): Promise<OpenApp> {
  return openApp({ app: settings.app, given: config, db, serve: settings.serve }, log)
}
