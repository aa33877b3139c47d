import pg from 'pg'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'

/** What one transaction has seen of all tokens. */
interface Seen {
  readonly tokens: number
  /** Those that are in no queue, or in several. */
  readonly misplaced: readonly { readonly id: string; readonly places: number }[]
  readonly inOutput: number
}

interface Rows {
  look(): Promise<Seen>
}

const misplacedAmong = (places: string) =>
  `select t.id, count(p.id) as places from pw_tokens t left join (${places}) p on p.id = t.id
   group by t.id having count(p.id) <> 1`
const placesOf = (views: readonly string[]) =>
  views.map((view) => `select id from ${view}`).join(' union all ')
const known = 'select count(*) as n from pw_tokens'
const output = 'select count(*) as n from travel_output'
const views = 'select view from pw_queues'

/** Opens the rows of the workflow `travel` in a file, or in the schema that the URL of a Postgres names. */
export function openRows(database: string): Promise<Rows> {
  return database.startsWith('postgres:') ? openSchema(database) : openFile(database)
}

async function openFile(path: string): Promise<Rows> {
  const db = openDatabase(path, { readonly: true })
  const misplaced = db.prepare<[], Seen['misplaced'][number]>(
    misplacedAmong(placesOf(db.prepare<[], string>(views).pluck().all())),
  )
  const [tokens, inOutput] = [known, output].map((sql) => db.prepare<[], number>(sql).pluck())
  return {
    async look() {
      db.exec('begin')
      const seen = { tokens: tokens!.get()!, misplaced: misplaced.all(), inOutput: inOutput!.get()! }
      db.exec('commit')
      return seen
    },
  }
}

async function openSchema(database: string): Promise<Rows> {
  const url = new URL(database)
  const schema = url.searchParams.get('schema')!
  url.searchParams.delete('schema')
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`set search_path to ${schema}`)
  const found = await client.query<{ view: string }>(views)
  const misplaced = misplacedAmong(placesOf(found.rows.map(({ view }) => view)))
  const count = async (sql: string) => Number((await client.query<{ n: string }>(sql)).rows[0]!.n)
  return {
    async look() {
      await client.query('begin isolation level repeatable read read only')
      const { rows } = await client.query<{ id: string; places: string }>(misplaced)
      const seen = {
        tokens: await count(known),
        misplaced: rows.map(({ id, places }) => ({ id, places: Number(places) })),
        inOutput: await count(output),
      }
      await client.query('commit')
      return seen
    },
  }
}
