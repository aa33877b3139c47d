import { onTestFinished } from 'vitest'
import { postgresUrl, sql } from './schemas.ts'

let made = 0

/** The URL of a database that no other test uses, with these settings; it is gone after the test. */
export async function makeDatabase(settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = `own_${process.pid}_${++made}_${Math.random().toString(36).slice(2, 8)}`
  await sql(`create database ${name}`)
  for (const [setting, value] of Object.entries(settings))
    await sql(`alter database ${name} set ${setting} = '${value}'`)
  onTestFinished(async () => void (await sql(`drop database ${name} with (force)`)))
  return Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href
}
