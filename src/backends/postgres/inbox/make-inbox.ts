import type { Inbox, InboxEntry } from '../../../queue/inbox.ts'
import { apply } from '../../../queue/rules/apply.ts'
import { maxEntriesBytes, maxTextBytes, maxWhyLength } from '../../../queue/rules/inbox-cells.ts'
import { needsOf, zonesOfChanges } from '../commit/needs-of.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Work } from '../commit/request.ts'
import type { Database } from '../server/database.ts'
import { readableValue, tableOf } from './inbox-rows.ts'

/** What the inboxes of a database need. */
export interface InboxParts {
  readonly database: Database
  /** The names of the inboxes that are known, by workflow. */
  readonly names: ReadonlyMap<string, string>
  readonly write: <T>(work: Work<T>) => Promise<T>
}

/** An entry as it is in its row. */
interface Cells {
  readonly n: number
  readonly id: string
  /** Null if it is too long to be read. */
  readonly value: string | null
  readonly priority: number | null
}

// What another transaction has in hand is left to it: it may be withdrawn, or taken in.
const asItWas = `state = 'waiting' and n = $1 and id = $2 and priority is not distinct from $3::bigint
  and case when $4::text is null then octet_length(value) > ${maxTextBytes} else value = $4 end for update skip locked`

/** The inboxes of a database, see `Inbox`. */
export function makeInbox({ database, names, write }: InboxParts): Inbox {
  const read = new WeakMap<InboxEntry, Cells>()

  /** Locks the row of `entry`, if that waits and is as it was read. Resolves with its table, if it is. */
  async function locked({ session }: OpenTransaction, entry: InboxEntry): Promise<string | undefined> {
    const name = names.get(entry.workflow)
    const cells = read.get(entry)
    if (name === undefined || !cells) return undefined
    const table = tableOf(session.schema, name)
    const { n, id, priority, value } = cells
    const sql = `select n from ${table} where ${asItWas}`
    return (await session.rows(sql, n, id, priority, value)).length > 0 ? table : undefined
  }

  return {
    nameOf: (workflow) => names.get(workflow),
    entries: async (workflow, { after, limit }) => {
      const name = names.get(workflow)
      if (name === undefined) return []
      const found = await database.read(({ rows, schema }) =>
        rows<Cells>(
          `select n, id, priority, ${readableValue} from (select n, id, priority, value,
             sum(least(octet_length(value), ${maxTextBytes})) over (order by n) - octet_length(value) as before
             from (select * from ${tableOf(schema, name)} where state = 'waiting' and n > $1 order by n limit $2) page) sized
           where before < ${maxEntriesBytes} order by n`,
          after,
          limit,
        ),
      )
      return found.map((cells) => {
        const entry = entryOf(workflow, cells)
        read.set(entry, cells)
        return entry
      })
    },
    admit: (entry, changes) =>
      write({
        zones: (queues) => zonesOfChanges(changes, queues),
        needs: (queues) => needsOf(changes, queues),
        async run(open) {
          const table = await locked(open, entry)
          if (table === undefined) return false
          await open.run((draft) => apply(draft, changes))
          await open.rows(`delete from ${table} where n = $1`, entry.n)
          return true
        },
      }),
    refuse: (entry, why) =>
      write({
        async run(open) {
          const table = await locked(open, entry)
          if (table === undefined) return false
          await open.rows(
            `update ${table} set state = 'refused', why = $2 where n = $1`,
            entry.n,
            why.slice(0, maxWhyLength),
          )
          return true
        },
      }),
  }
}

function entryOf(workflow: string, { n, id, value, priority }: Cells): InboxEntry {
  const entry = { workflow, n, id, value: value ?? '', priority: priority ?? 0 }
  return value === null ? { ...entry, fault: `The value of token "${id}" is too long.` } : entry
}
