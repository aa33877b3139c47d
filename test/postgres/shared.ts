import type { TestProject } from 'vitest/node'
import { type Server, startServer } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the Postgres that the tests share. */
    postgres: string
  }
}

/**
 * Vitest's `globalSetup`: one Postgres for all tests of a run, which takes a second and a half to start;
 * `PIPEWRIGHT_TEST_POSTGRES` names another.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['PIPEWRIGHT_TEST_POSTGRES']
  const server: Server | undefined = given ? undefined : await startServer()
  project.provide('postgres', given ?? server!.url)
  return async () => server?.stop()
}
