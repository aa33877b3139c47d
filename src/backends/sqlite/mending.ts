import { maxValueBytes } from '../../queue/check-value.ts'
import { longestDelayMs } from '../../queue/delay.ts'
import type { Connection } from './connection.ts'
import { faultText } from './history.ts'
import { type Ledger, settle } from './ledger.ts'
import { prepared } from './prepared.ts'
import { type QueueEntry, unleased } from './queue-schema.ts'
import type { QueueTable } from './queue-table.ts'

/*
 * Rows that no code of this package can have written, so a hand has: nobody would ever lease them again, or nobody
 * could answer what was leased. They become dead, with the reason, and with numbers that let them be revived. What
 * is only a wrong value needs none of this: its stage finds that it does not fit, and buries it. Only a value that is
 * far too long is not left to its stage: every change of its row would write all of it, and everybody waits for that.
 */

const most = Number.MAX_SAFE_INTEGER
// Twice what is accepted: the clock may have been set back since.
const furthestMs = 2 * longestDelayMs
// Far more than may be, as a later version that runs beside this one may allow more.
const longestBytes = 4 * maxValueBytes
const isCount = (column: string) => `${column} between 0 and ${most}`

// Says what is wrong with a row `m` whose token is `k`; null if nothing is. A dead row is seen and can be answered.
const fault = `case
    when k.id is null then 'no token is known under its key'
    when k.id <> m.id then 'its id was ' || quote(substr(m.id, 1, 300))
    when m.status = 'dead' then null
    when m.status not in ('ready', 'leased', 'delayed') then 'its status was ' || quote(substr(m.status, 1, 100))
    when not (m.hop > 0 and ${isCount('m.hop')}) then 'its hop was ' || m.hop
    when not ${isCount('m.lease')} then 'its lease was number ' || m.lease
    when not ${isCount('m.attempts')} then 'its attempts were ' || m.attempts
    when not ${isCount('m.crashes')} then 'its crashes were ' || m.crashes
    when not ${isCount('m.deploy')} then 'its deploy was ' || m.deploy
    when m.priority not between -${most} and ${most} then 'its priority was ' || m.priority
    when m.suspect not in (0, 1) then 'suspect was ' || m.suspect
    when m.alone not in (0, 1) then 'alone was ' || m.alone
    when octet_length(m.value) > ${longestBytes} then 'its value was ' || octet_length(m.value) || ' bytes long'
    when m.status = 'leased' and m.until + m.lease_ms + m.deadline is null then 'it was leased without an end'
    when m.status = 'delayed' and m.due is null then 'it was delayed without a due time'
    when m.status = 'delayed' and m.due > @now + ${furthestMs} then 'its due time was more than two centuries ahead'
    when iif(json_valid(m.frames), json_type(m.frames), m.frames) <> 'array' then 'its frames were no JSON array'
  end`

const rows = (table: string, which: string) =>
  `select m.token, m.id, m.hop, ${fault} as fault from ${table} m left join pw_tokens k on k.ref = m.token where ${which}`

/** A row, and what is wrong with it, if anything is. */
interface Seen {
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly fault: string | null
}

/** Looks at the `limit` rows of a queue after the key `after`: which make no sense, and the key to go on after. */
export function findBroken(
  db: Connection,
  { table }: QueueEntry,
  look: { readonly after: number; readonly limit: number; readonly now: number },
): { readonly tokens: readonly number[]; readonly next?: number } {
  const seen = prepared<[typeof look], Seen>(
    db,
    rows(table, 'm.token > @after order by m.token limit 0 + @limit'),
  ).all(look)
  const tokens = seen.filter((row) => row.fault !== null).map(({ token }) => token)
  return seen.length < look.limit ? { tokens } : { tokens, next: seen.at(-1)!.token }
}

/** Buries what makes no sense among `tokens`, in the transaction that is open. Returns a sentence for each. */
export function bury(
  db: Connection,
  ledger: Ledger,
  { table, tokens }: { readonly table: QueueTable; readonly tokens: readonly number[] },
): readonly string[] {
  const { turn } = ledger
  settle(ledger)
  const find = prepared<[{ token: number; now: number }], Seen>(
    db,
    rows(table.entry.table, 'm.token = @token'),
  )
  return tokens.flatMap((token) => {
    const row = find.get({ token, now: turn.now })
    // Somebody may have been quicker: its worker, or another process that looks for the same.
    if (!row || row.fault === null) return []
    turn.dirty = true
    return buryOne(db, ledger, { table, row: { ...row, fault: row.fault } })
  })
}

function buryOne(
  db: Connection,
  { history, turn }: Ledger,
  { table, row }: { table: QueueTable; row: Seen & { fault: string } },
): string {
  const { token, fault } = row
  const { ref, name, table: sqlName, workflow } = table.entry
  prepared<unknown[], never>(
    db,
    `insert into pw_tokens (ref, id, workflow, entered_at) values (?, ?, ?, ?) on conflict do nothing`,
  ).run(token, row.id, workflow, turn.now)
  const message = `The row of the token in queue "${name}" makes no sense: ${fault}. It was changed by hand.`
  const error = { kind: 'error', name: 'BrokenRowError', message } as const
  const [id, hop] = prepared<unknown[], [string, number]>(
    db,
    `update ${sqlName} set
       id = coalesce((select id from pw_tokens where ref = token), id),
       hop = iif(hop > 0 and ${isCount('hop')}, hop,
         1 + coalesce((select max(hop) from pw_history h where h.token = ${sqlName}.token and ${isCount('h.hop')}), 0)),
       lease = iif(${isCount('lease')}, lease, 1000000000), deploy = iif(${isCount('deploy')}, deploy, 1),
       priority = iif(priority between -${most} and ${most}, priority, 0),
       status = 'dead', suspect = 0, attempts = 0, crashes = 0, due = null, error = ?,
       ${unleased}
     where token = ? returning id, hop`,
  )
    .raw()
    .get(faultText(error), token)!
  table.refs.delete(row.id)
  history.add({ at: turn.now, token, hop, queue: ref }, 'buried', { error })
  return `Token "${id}" in queue "${name}" was buried: its row makes no sense, since ${fault}.`
}
