import { TestRunner } from 'vitest'

/** What a test's queues may be on, as the URLs of a database begin. */
const kinds = ['sqlite', 'postgres', 'http'] as const
type Kind = (typeof kinds)[number]

/**
 * Where all tests have their queues, if `PIPEWRIGHT_TEST_ON` says so: files of SQLite, schemas of the Postgres of the tests, or files of
 * SQLite behind HTTP. Without it each test has them where it asks for them, in memory or in a file.
 */
export const on: Kind | undefined = kindOf(process.env['PIPEWRIGHT_TEST_ON'])

function kindOf(text: string | undefined): Kind | undefined {
  if (text === undefined || text === '') return undefined
  const kind = kinds.find((each) => each === text)
  if (!kind) throw new Error(`PIPEWRIGHT_TEST_ON is "${text}"; it is one of ${kinds.join(', ')}.`)
  return kind
}

/** How many times as long a test may take there: each step costs a request. */
export const patience = on ? 8 : 1

/** Skips the test that asks, elsewhere than in a file of SQLite, and says why it is of no other place. */
export function onlySQLite(why: string): void {
  if (on && on !== 'sqlite') skip(why)
}

/** Skips the test that asks, where its queues are behind HTTP, whose server is in the process of the tests. */
export function notOverHttp(why: string): void {
  if (on === 'http') skip(why)
}

/** Skips the test that asks, where its queues are behind a socket. */
export function notOnServer(why: string): void {
  if (on === 'postgres' || on === 'http') skip(why)
}

/** Skips the test that asks, elsewhere than where it asks for its queues itself. */
export function onlyUsual(why: string): void {
  if (on) skip(why)
}

function skip(why: string): void {
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error('Only a test can be skipped.')
  test.context.skip(why)
}
