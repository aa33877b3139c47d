import { isUtf8 } from 'node:buffer'
import type { Inbox, InboxEntry } from '../../../queue/inbox.ts'
import { apply } from '../../../queue/rules/apply.ts'
import { maxEntriesBytes, maxTextBytes, maxWhyLength } from '../../../queue/rules/inbox-cells.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import type { Reader } from '../read/reader.ts'
import { prepared } from '../tables/prepared.ts'
import { inboxOf } from './inbox-rows.ts'

/** What the inboxes of a database need. */
export interface InboxParts {
  readonly db: Connection
  readonly open: OpenTransaction
  readonly reader: Pick<Reader, 'readOnce'>
  /** Runs `work` in the transaction that is open. */
  readonly write: <T>(work: () => T) => Promise<T>
}

/** An entry as it is in its row, byte by byte: another program may have written what is no text. */
interface Cells {
  readonly n: number
  readonly id: Buffer
  /** Null if it is too long to be read. */
  readonly value: Buffer | null
  readonly priority: number | null
}

const columns = `n, cast(id as blob) as id, priority,
  iif(octet_length(value) > ${maxTextBytes}, null, cast(value as blob)) as value`

const asItWas = `n = @n and state = 'waiting' and cast(id as blob) = @id and priority is @priority
  and iif(@value is null, octet_length(value) > ${maxTextBytes}, cast(value as blob) = @value)`

/** The inboxes of a database, see `Inbox`. */
export function makeInbox({ db, open, reader, write }: InboxParts): Inbox {
  const read = new WeakMap<InboxEntry, Cells>()

  /** Runs a statement on the row of `entry`, if that waits and is as it was read. Returns whether it is. */
  function change(entry: InboxEntry, sql: (name: string) => string, binds: object = {}): boolean {
    const name = inboxOf(db, entry.workflow)?.name
    const cells = read.get(entry)
    if (name === undefined || !cells) return false
    open.changed()
    return prepared(db, `${sql(name)} where ${asItWas}`).run({ ...cells, ...binds }).changes > 0
  }

  return {
    nameOf: (workflow) => inboxOf(db, workflow)?.name,
    entries: (workflow, { after, limit }) =>
      reader.readOnce((reading) => {
        const inbox = inboxOf(reading, workflow)
        if (!inbox) return []
        const found = prepared<[number], Cells>(
          reading,
          `select ${columns} from ${inbox.name} where state = 'waiting' and n > ? order by n`,
        )
        const entries: InboxEntry[] = []
        let bytes = 0
        for (const cells of found.iterate(after)) {
          const entry = entryOf(workflow, cells)
          read.set(entry, cells)
          entries.push(entry)
          bytes += cells.value?.length ?? 0
          if (entries.length >= limit || bytes >= maxEntriesBytes) break
        }
        return entries
      }),
    admit: (entry, changes) =>
      write(() => {
        if (!change(entry, (name) => `delete from ${name}`)) return false
        apply(open, changes)
        return true
      }),
    refuse: (entry, why) =>
      write(() =>
        change(entry, (name) => `update ${name} set state = 'refused', why = @why`, {
          why: why.slice(0, maxWhyLength),
        }),
      ),
  }
}

function entryOf(workflow: string, { n, id: idBytes, value: valueBytes, priority }: Cells): InboxEntry {
  const [id, value] = [idBytes, valueBytes ?? Buffer.of()].map((bytes) => bytes.toString()) as [
    string,
    string,
  ]
  const entry = { workflow, n, id, value, priority: priority ?? 0 }
  if (valueBytes === null) return { ...entry, fault: `The value of token "${id}" is too long.` }
  if (isUtf8(idBytes) && isUtf8(valueBytes)) return entry
  return { ...entry, fault: `The row of token "${id}" is no text in UTF-8.` }
}
