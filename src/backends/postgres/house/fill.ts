import type { Client } from 'pg'
import type { Founding, Numbers, Progress, WrittenPage } from '../../../move/house.ts'
import { type ProgressCells, progressFrom } from '../../../move/house-cells.ts'
import type { Page } from '../../../move/page.ts'
import { textOfRows } from '../../../move/page-text.ts'
import { refuseOther } from '../../../move/refuse-other.ts'
import { type Key, type Kind, placeIn, type Table, type TableName } from '../../../move/tables.ts'
import { BackendError } from '../../../queue/errors.ts'
import { literal, qualify, quoted } from '../server/qualify.ts'
import { slots } from '../tables/slots.ts'
import { createQueueView } from '../tables/views.ts'
import { monthsFrom } from '../upkeep/months.ts'
import { copyIn } from './copying.ts'

/** What is filled, and by which move. */
export interface Filling {
  readonly schema: string
  readonly where: string
  readonly move: string
  /** Whether a crash of the server may take what was done, with all that was done after it. */
  readonly isHasty?: boolean
}

/** Does `work` in one transaction; `isFilling` says that it is refused unless the schema is being filled by that move. */
export async function transact<T>(
  client: Client,
  { schema, where, move, isHasty = false }: Filling,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(
    'begin isolation level read committed; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0' +
      (isHasty ? '; set local synchronous_commit = off' : ''),
  )
  try {
    const { rows } = await client.query(
      qualify(schema, `select from pw_house where state = 'filling' and move = $1 for share`),
      [move],
    )
    if (rows.length === 0) refuseOther(where, 'be filled')
    const done = await work()
    await client.query('commit')
    return done
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** The statements that say that a new schema is being filled, and make the months of its history. */
export function fillingStatements(
  schema: string,
  { move, partner, shiftMs, beginning }: Founding,
): readonly string[] {
  const given = [`'filling'`, literal(move), literal(partner), `''`, String(shiftMs)].join(', ')
  const insert = qualify(
    schema,
    'insert into pw_house (at, state, move, partner, sentence, shift_ms) select pw_now()',
  )
  const months = monthsFrom(beginning).map(({ name, from, to }) =>
    qualify(
      schema,
      `create table if not exists ${name} partition of pw_history for values from (${from}) to (${to})`,
    ),
  )
  return [`${insert}, ${given}`, ...months]
}

/** How far each table has come. */
export async function progressOf(client: Client, schema: string): Promise<ReadonlyMap<TableName, Progress>> {
  const { rows } = await client.query<ProgressCells>(qualify(schema, 'select * from pw_house_tables'))
  return progressFrom(rows)
}

/** Writes a page, in the transaction that is open. */
export async function writePage(
  client: Client,
  { schema, where }: { readonly schema: string; readonly where: string },
  page: Page,
  before: Progress,
): Promise<Progress> {
  const { table, size, lastKey } = page
  const after = lastKey ?? before.after
  const next = { copied: before.copied + size, after, isCopied: size === 0, hash: undefined }
  const key = after ? JSON.stringify(after) : null
  const { rowCount } = await client.query(
    qualify(
      schema,
      `with moved as (insert into pw_house_tables as t (name, copied, after, is_copied) values ($1, $2, $3, $4)
           on conflict (name) do update set copied = excluded.copied, after = excluded.after, is_copied = excluded.is_copied
             where t.copied = $5 and not t.is_copied returning 1),
         noted as (insert into pw_house_pages (name, before, up_to, rows, hash) select $1, $5, $3, $6, $7 from moved where $6 > 0)
       select from moved`,
    ),
    [table.name, next.copied, key, next.isCopied, before.copied, size, size > 0 ? page.hash : ''],
  )
  if (rowCount !== 1) refuseOther(where, 'be filled')
  if (size > 0) await writeRows(client, schema, page)
  return next
}

/** The pages of a table that were written. */
export async function pagesOf(
  client: Client,
  schema: string,
  { name }: Table,
): Promise<readonly WrittenPage[]> {
  const { rows } = await client.query<{ up_to: string; rows: number; hash: string }>(
    qualify(schema, 'select up_to, rows, hash from pw_house_pages where name = $1 order by before'),
    [name],
  )
  return rows.map(({ up_to, ...rest }) => ({ ...rest, upTo: JSON.parse(up_to) as Key }))
}

async function writeRows(client: Client, schema: string, page: Page): Promise<void> {
  const { table } = page
  const into = (name: string, columns: readonly string[]) =>
    `copy ${quoted(schema)}.pw_${name} (${columns.map((column) => `"${column}"`).join(', ')}) from stdin`
  const columns = table.columns.map(({ name }) => name)
  if (table.name === 'counts') {
    const rows = page.rows.map((row) => [...row, slots])
    return copyIn(
      client,
      into('counts', [...columns, 'slot']),
      Buffer.from(textOfRows([...table.columns, { kind: 'integer' }], rows)),
    )
  }
  if (table.name === 'tokens') {
    const own = ['workflow', 'id', 'token']
    const at = own.map((column) => placeIn(table, column))
    const ids = page.rows.map((row) => at.map((place) => row[place]!))
    await copyIn(
      client,
      into('ids', own),
      Buffer.from(
        textOfRows(
          at.map((place) => table.columns[place]!),
          ids,
        ),
      ),
    )
  }
  await copyIn(client, into(table.name, columns), textToSend(page))
}

// Lists are written as arrays are.
function textToSend({ table, rows, text }: Page): Buffer {
  if (!table.columns.some(({ kind }) => kind === 'numbers' || kind === 'words')) return text
  const sent = rows.map((row) =>
    row.map((cell, at) => (typeof cell === 'string' ? arrayOf(table.columns[at]!.kind, cell) : cell)),
  )
  return Buffer.from(textOfRows(table.columns, sent))
}

function arrayOf(kind: Kind, cell: string): string {
  if (kind === 'numbers') return `{${cell.slice(1, -1)}}`
  if (kind !== 'words') return cell
  const words = cell === '' ? [] : cell.split(' ')
  return `{${words.map((word) => `"${word.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`
}

/** What the numbers that come next are drawn from. */
const sequences = {
  pw_token_numbers: 'token',
  pw_line_numbers: 'line',
  pw_revisions: 'revision',
  pw_turns_of_lanes: 'turn',
} as const
const identities = {
  pw_letters: ['seq', 'letter'],
  pw_steps: ['step', 'step'],
  pw_gates: ['ref', undefined],
  pw_lanes: ['ref', undefined],
  pw_queues: ['ref', undefined],
} as const

/** The highest numbers that were ever given. */
export async function numbersOf(client: Client, schema: string): Promise<Numbers> {
  const last = (sequence: string) =>
    `(select case when is_called then last_value else 0 end from ${sequence})`
  const identity = (table: string, column: string) =>
    `(select coalesce(pg_sequence_last_value(pg_get_serial_sequence('${quoted(schema).replaceAll("'", "''")}.${table}', '${column}')::regclass), 0))`
  const { rows } = await client.query<Record<keyof Numbers, string>>(
    [
      `select ${last('pw_token_numbers')} as token, ${last('pw_line_numbers')} as line, ${last('pw_revisions')} as revision,
        ${last('pw_turns_of_lanes')} as turn`,
    ]
      .map((sql) => qualify(schema, sql))
      .join('')
      .concat(`, ${identity('pw_letters', 'seq')} as letter, ${identity('pw_steps', 'step')} as step`),
  )
  const found = rows[0]!
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, Number(value)]),
  ) as unknown as Numbers
}

/** Makes what is not a row, in the transaction that is open. */
export async function settleSchema(client: Client, schema: string, numbers: Numbers): Promise<void> {
  const run = (sql: string) => client.query(qualify(schema, sql))
  const set = (sequence: string, to: string) => `select setval(${sequence}, greatest(${to}, 1), ${to} > 0)`
  for (const [sequence, name] of Object.entries(sequences))
    await client.query(set(literal(`${quoted(schema)}.${sequence}`), String(numbers[name])))
  for (const [table, [column, name]] of Object.entries(identities)) {
    const most = qualify(schema, `(select coalesce(max("${column}"), 0) from ${table})`)
    const given = name === undefined ? most : `greatest(${numbers[name]}, ${most})`
    await client.query(
      set(`pg_get_serial_sequence(${literal(`${quoted(schema)}.${table}`)}, '${column}')`, given),
    )
  }
  const { rows } = await run('select ref, view, workflow from pw_queues')
  for (const queue of rows as { ref: number; view: string; workflow: string }[])
    await run(createQueueView(schema, queue))
  await run('update pw_meta set registry = registry + 1')
  await refuseOddIds(client, schema)
}

// The ids of tokens are in a table of their own.
async function refuseOddIds(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ ids: string; tokens: string; odd: string }>(
    qualify(
      schema,
      `select (select count(*) from pw_ids) as ids, (select count(*) from pw_tokens) as tokens,
         (select count(*) from pw_tokens t left join pw_ids i on i.workflow = t.workflow and i.id = t.id and i.token = t.token
            where i.token is null) as odd`,
    ),
  )
  const { ids, tokens, odd } = rows[0]!
  if (ids === tokens && Number(odd) === 0) return
  throw new BackendError(
    `The ids of tokens did not come over as they were: there are ${ids} of ${tokens}, and ${odd} are missing. Cancel the move (--cancel), and begin it again.`,
  )
}

/** Opens the schema, in the transaction that is open: the line that says so has a number behind all that were ever given. */
export async function openSchema(client: Client, schema: string, move: string): Promise<void> {
  await client.query(
    qualify(
      schema,
      `insert into pw_history (at, token, hop, queue, event, reason)
         select pw_now(), 0, 0, 0, 'noted', 'The queues were moved here from ' || partner || '.' from pw_house`,
    ),
  )
  await client.query(qualify(schema, `update pw_house set state = 'open', at = pw_now() where move = $1`), [
    move,
  ])
}
