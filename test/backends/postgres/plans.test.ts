import { expect, test } from 'vitest'
import { openSchema, sql } from '../../postgres/schemas.ts'

// Servers before 18 took minutes for what takes a second, where they could compile: a sort that was ruled out, and is needed all the same,
// was said to cost more than anything else.
test('no function compiles a statement for what a sort is said to cost that cannot be left out', async () => {
  const { name: schema } = await openSchema()
  const functions = await sql<{ name: string; settings: readonly string[] }>(
    `select proname as name, proconfig as settings from pg_proc
       where pronamespace = $1::regnamespace and 'enable_sort=off' = any(proconfig)`,
    [schema],
  )
  expect(functions.map(({ name }) => name).sort()).toEqual(['pw_apply', 'pw_look', 'pw_turn'])
  expect(functions.filter(({ settings }) => !settings.includes('jit=off'))).toEqual([])
})
