import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { postgresHouse } from '../../src/backends/postgres/house/postgres-house.ts'
import { postgres } from '../../src/backends/postgres/index.ts'
import { sqliteHouse } from '../../src/backends/sqlite/house/sqlite-house.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Source, Target } from '../../src/move/house.ts'
import { type Moved, type MovingOptions, moveHouse } from '../../src/move/move-house.ts'
import { tables } from '../../src/move/tables.ts'
import type { Backend } from '../../src/queue/backend.ts'
import type { Change } from '../../src/queue/change.ts'
import type { Clock } from '../../src/queue/clock.ts'
import type { Json } from '../../src/schema/json.ts'
import { postgresUrl, sql } from '../postgres/schemas.ts'

/** A place for queues, in which nothing is yet; gone after the test. */
export interface Place {
  readonly kind: 'sqlite' | 'postgres'
  /** The file, or the URL with the schema. */
  readonly name: string
  readonly schema: string
  open(options?: { readonly clock?: Clock }): Promise<Backend>
  house(clock?: Clock): Source & Target
}

let made = 0

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'pipewright-move-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
  return path
}

/** A file that is not there. */
export function file(): Place {
  const name = join(folder(), 'queues.db')
  return {
    ...{ kind: 'sqlite', name, schema: '' },
    open: (options) => sqlite(name, options),
    house: (clock) => sqliteHouse(name, clock),
  }
}

/** A schema that is not there. */
export function schema(): Place {
  const name = `move_${process.pid}_${++made}_${Math.random().toString(36).slice(2, 8)}`
  onTestFinished(async () => void (await sql(`drop schema if exists ${name} cascade`)))
  const url = postgresUrl()
  return {
    ...{ kind: 'postgres', name: `${url}?schema=${name}`, schema: name },
    open: (options) => postgres(url, { schema: name, connections: 2, ...options }),
    house: (clock) => postgresHouse({ url, schema: name, where: `${url} (schema ${name})`, clock }),
  }
}

/** Moves all queues from one place to another. */
export async function move(
  from: Place,
  to: Place,
  options: MovingOptions & { readonly clock?: Clock } = {},
): Promise<Moved> {
  const [source, target] = [from.house(options.clock), to.house(options.clock)]
  try {
    return await moveHouse(source, target, options)
  } finally {
    await source.end()
    await target.end()
  }
}

/** Whether anything of Pipewright is in a place. */
export async function isThere({ kind, name, schema }: Place): Promise<boolean> {
  if (kind === 'sqlite') return existsSync(name)
  const [found] = await sql<{ found: string | null }>('select to_regnamespace($1) as found', [schema])
  return found!.found !== null
}

/** The rows of each table of a place, as canonical texts. */
export async function textsOf(place: Place): Promise<Readonly<Record<string, string>>> {
  const house = place.house()
  const texts: Record<string, string> = {}
  for (const table of tables) {
    if (!house.holds.has(table.name)) continue
    const page = await house.read(table, { after: undefined, limit: 100_000, bytes: Number.MAX_SAFE_INTEGER })
    texts[table.name] = page.text.toString()
  }
  await house.end()
  return texts
}

/** How a place stands to moves. */
export async function standingOf(place: Place): Promise<string> {
  const house = place.house()
  const { is } = await house.standing()
  await house.end()
  return is
}

const shop = {
  workflow: 'shop',
  queues: [
    { name: 'shop/first', role: 'stage' },
    { name: 'shop/second', role: 'stage' },
    { name: 'shop/done', role: 'output' },
  ],
  fingerprint: 'v1',
} as const

/** Makes queues with `count` tokens in a place. */
export async function fill(place: Place, count: number): Promise<void> {
  const backend = await place.open()
  await backend.declare(shop)
  for (let n = 0; n < count; n++) await backend.commit([entering(`t${n}`, { n })])
  await backend.close()
}

/** The change that lets a token enter the first queue of `fill`. */
export function entering(id: string, value: Json): Change {
  return {
    kind: 'push',
    queue: 'shop/first',
    token: { id, hop: 0, frames: [], priority: 0, deploy: 1 },
    value,
    enter: 'refuse',
  }
}

/** The ids that wait in the first queue of `fill`. */
export async function idsIn(place: Place): Promise<readonly string[]> {
  const backend = await place.open()
  const { rows } = await backend.list('shop/first', { limit: 1000 })
  await backend.close()
  return rows.map(({ id }) => id).sort()
}
