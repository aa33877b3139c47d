import pg from 'pg'
import { expect, it, onTestFinished, vi } from 'vitest'
import { planPostgres } from '../../../src/backends/postgres/plan-postgres.ts'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import { makeDatabase } from '../../postgres/own-database.ts'

const count = 8

it('processes that have waited for another to make the tables find them', async () => {
  const url = await makeDatabase()
  const { statements } = await planPostgres(url)
  const other = new pg.Client(url)
  await other.connect()
  onTestFinished(() => other.end())
  await other.query(`begin; select pg_advisory_xact_lock(hashtext('pipewright/migration'), 0)`)
  const opening = Promise.all(Array.from({ length: count }, () => postgres(url)))
  opening.catch(() => {})
  const isWaiting = async () => {
    const { rows } = await other.query(
      `select from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    )
    return rows.length === count
  }
  await vi.waitUntil(isWaiting, 15_000)
  for (const statement of statements) await other.query(statement)
  await other.query('commit')
  for (const backend of await opening) {
    expect(await backend.count()).toEqual([])
    await backend.close()
  }
})
