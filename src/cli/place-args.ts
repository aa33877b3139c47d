import type { AppPlace } from './open-app.ts'

/** `place` as arguments of a command. Names of files only: arguments are for everybody to see. */
export function placeArgs({ app, config, db }: AppPlace): readonly string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(db === undefined ? [] : ['--db', db]),
    '--',
    app,
  ]
}
