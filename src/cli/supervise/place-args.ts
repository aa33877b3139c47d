import type { AppPlace } from '../../app/open-app.ts'

/**
 * `place` as arguments of a command. Names of files only: arguments are for everybody to see. Without `rollback`: the
 * queues are made again once, and not when a process is started again after a newer version was.
 */
export function placeArgs({ app, config, db }: AppPlace): readonly string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(db === undefined ? [] : ['--db', db]),
    '--',
    app,
  ]
}
