import { expect, it } from 'vitest'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sql } from '../postgres/schemas.ts'
import { file, fill, move, schema, textsOf } from './rig.ts'

/** JSON of what is hard to keep: a NUL, half a surrogate pair, all that is escaped, and a number that JavaScript has not. */
const odd = `{"nul":"\\u0000","half":"\\ud800","big":12345678901234567890123,"text":"\\\\ \\t \\n ' \\" \u{1f600}"}`
/** The same for a text that is no JSON; no text of Postgres has a NUL. */
const text = `a\tb\nc\r\\N \\ ' " \u{1f600} \v\f\b`

const rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  pw_names: [{ name: "shop's older", ref: 1 }],
  pw_gates: [
    {
      ref: 3,
      name: 'press',
      key: '',
      declared: '{"limit":2}',
      held: 1,
      tat: 1.5e15,
      paid_at: 7,
      failures: 2,
    },
    {
      ref: 9,
      name: 'press',
      key: text,
      own: '{}',
      closed: 1,
      actor: text,
      reason: text,
      until: 5,
      tat: 0.00001234,
    },
    { ref: 11, name: 'shop/first', closed: 1, actor: 'ann', reason: 'a\0b' },
  ],
  pw_lanes: [
    { ref: 4, queue: 1, key: text, priority: -5, turn: 12, idle: 1, suspects: 1, blocked: 2, until: 99 },
  ],
  pw_values: [{ token: 1, hop: 9, value: odd, frames: `[${odd}]` }],
  pw_letters: [
    {
      seq: 5,
      token: 1,
      hop: 0,
      name: text,
      key: text,
      value: odd,
      failure: null,
      sender: text,
      at: 1,
      read: 0,
    },
    {
      seq: 8,
      token: 1,
      hop: 1,
      name: 'n',
      key: null,
      value: null,
      failure: odd,
      sender: null,
      at: 2,
      read: 1,
    },
  ],
  pw_steps: [
    {
      step: 6,
      token: 1,
      hop: 1,
      path: text,
      kind: 'step',
      name: text,
      hash: 2 ** 40,
      deploy: 1,
      value: odd,
      at: 3,
    },
  ],
  pw_records: [
    { rev: 7, workflow: 'shop', token: 0, hop: 0, key: text, value: odd, until: null },
    { rev: 9, workflow: 'shop', token: 1, hop: 1, key: 'pw_tokens', value: null, until: 2 ** 43 },
  ],
  pw_holds: [{ token: 1, gate: 3, units: 2 }],
  pw_marks: [
    { queue: 1, mark: 'due', value: 0.1, token: 1, hop: 1 },
    { queue: 1, mark: 'due', value: -1e-7, token: 2, hop: 1 },
    { queue: 1, mark: text, value: text, token: 2, hop: 1 },
    { queue: 1, mark: 'large', value: 1e300, token: 2, hop: 1 },
  ],
  pw_texts: [{ token: 1, queue: 1, hop: 1 }],
  pw_text: [{ rowid: 1, words: `torn page 'x' "y" \\z null` }],
  pw_meters: [
    {
      ...{ ms: 60_000, at: 60_000, queue: 1, target: 0, entered: 1, moved: 2, failed: 3 },
      ...{ age: '[1,0,5]', age_ms: 1e15, work: '[]', work_ms: 123.456 },
    },
  ],
}

it('each row comes over, and back, as it was, and numbers go on behind the highest that were given', async () => {
  const [from, there, back] = [file(), schema(), file()]
  await fill(from, 3)
  const db = openDatabase(from.name)
  for (const [table, each] of Object.entries(rows))
    for (const row of each) {
      const names = Object.keys(row)
      db.prepare(
        `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
      ).run(...Object.values(row))
    }
  db.prepare(
    `update pw_tokens set id = ?, parent = ?, value = ?, error = ?, tolls = '{"paid":{"3":1}}', lane = 4, holds = 1, priority = -999999999999999 where token = 2`,
  ).run(text, text, odd, odd)
  db.prepare("insert into pw_owners (name) values ('person:ann')").run()
  db.prepare(
    `insert into pw_history (line, at, token, hop, queue, event, attempt, actor, reason, error, work_ms, fields, target, owner, deploy)
       values (50, 1764000000000, 1, 1, 1, 3, 2, ?, ?, ?, 0.00005, ?, 2, (select max(ref) from pw_owners), 1)`,
  ).run(text, 'a\0b', odd, odd)
  // Rows that are gone have had the highest numbers.
  db.exec(`delete from pw_letters where seq = 8; delete from pw_records where rev = 9`)
  db.close()
  const before = await textsOf(from)
  await move(from, there)
  await move(there, back)
  const after = await textsOf(back)
  for (const [table, expected] of Object.entries(before)) {
    const found = after[table]!.split('\n')
    // Each move has left a line.
    if (table === 'history')
      expect(found.splice(-3, 2).join('\n')).toMatch(/noted.*moved here from[\s\S]*noted.*moved here from/)
    expect(found.join('\n'), table).toBe(expected.replaceAll('\0', '\ufffd'))
    expect(expected, table).not.toBe(table === 'inbox' ? '?' : '')
  }
  const given = await sql<{ letter: string; rev: string; line: string; token: string; turn: string }>(
    ['letter', 'rev', 'line', 'token', 'turn']
      .map(
        (name) =>
          ({
            letter: `nextval(pg_get_serial_sequence('${there.schema}.pw_letters', 'seq'))`,
            rev: `nextval('${there.schema}.pw_revisions')`,
            line: `nextval('${there.schema}.pw_line_numbers')`,
            token: `nextval('${there.schema}.pw_token_numbers')`,
            turn: `nextval('${there.schema}.pw_turns_of_lanes')`,
          })[name]!,
      )
      .map((call, n) => `${call} as ${['letter', 'rev', 'line', 'token', 'turn'][n]}`)
      .join(', ')
      .replace(/^/, 'select '),
  )
  expect(given[0]).toEqual({ letter: '9', rev: '10', line: '52', token: '4', turn: '13' })
  const moved = openDatabase(back.name)
  const one = (query: string) => moved.prepare(query).pluck().get()
  expect(one("select seq from sqlite_sequence where name = 'pw_letters'")).toBe(8)
  expect(one("select seq from sqlite_sequence where name = 'pw_records'")).toBe(9)
  expect(one('select max(line) from pw_history')).toBe(52)
  expect(one('select min(turn) from pw_queues')).toBe(12)
  expect(one("select paused from pw_queues where name = 'shop/first'")).toBe(1)
  expect(one("select count(*) from pw_text where pw_text match 'torn'")).toBe(1)
  expect(one('select count(*) from shop_first')).toBe(3)
  expect(one('select user_version from pragma_user_version') as number).toBeLessThan(1000)
  moved.close()
}, 120_000)
