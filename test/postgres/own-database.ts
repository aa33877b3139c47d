import { onTestFinished } from 'vitest'
import { postgresUrl, sql } from './schemas.ts'

let made = 0

/** The URL of a database that no other test uses, which is gone after the test. */
export async function makeDatabase(): Promise<string> {
  const name = `own_${process.pid}_${++made}_${Math.random().toString(36).slice(2, 8)}`
  await sql(`create database ${name}`)
  onTestFinished(async () => void (await sql(`drop database ${name} with (force)`)))
  return Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href
}

/** The URL of the same server for a new role with these settings, which is gone after the test. */
export async function makeRole(url: string, settings: Readonly<Record<string, string>>): Promise<string> {
  const name = `role_${process.pid}_${++made}_${Math.random().toString(36).slice(2, 8)}`
  await sql(`create role ${name} login superuser`)
  for (const [setting, value] of Object.entries(settings))
    await sql(`alter role ${name} set ${setting} = '${value}'`)
  onTestFinished(async () => void (await sql(`drop role ${name}`)))
  return Object.assign(new URL(url), { username: name }).href
}
