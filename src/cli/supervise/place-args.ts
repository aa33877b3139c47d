import type { AppPlace } from '../../app/open-app.ts'

/**
 * `place` as arguments of a command. Names of files, and of databases without a password: every user of the machine can see arguments. Without `rollback`:
 * the queues are made again once, and not when a process is restarted after a newer version was started.
 */
export function placeArgs({ app, config, db }: AppPlace): readonly string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(db === undefined ? [] : ['--db', db]),
    '--',
    app,
  ]
}
