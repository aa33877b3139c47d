import type { Connection } from '../../src/backends/sqlite/file/connection.ts'
import { allMigrations, type Migration } from '../../src/backends/sqlite/file/migrations.ts'

/** How many steps there are after those of today. */
export const laterSteps = 3

/** Migrations of a version to come: each makes a table and fills it; `at` is called when one begins and ends. */
export function makeSteps(at: (point: string) => void): readonly Migration[] {
  const later = Array.from({ length: laterSteps }, (_, n) => (db: Connection) => {
    at(`before ${n + 1}`)
    db.exec(
      `create table later_${n + 1} (x integer) strict; alter table pw_tokens add column later_${n + 1} integer`,
    )
    db.exec(`insert into later_${n + 1} select value from json_each('[1, 2, 3]')`)
    db.exec(`update pw_tokens set later_${n + 1} = token`)
    at(`after ${n + 1}`)
  })
  return [...allMigrations, ...later]
}
