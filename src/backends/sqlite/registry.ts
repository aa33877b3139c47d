import { noQueue } from '../../queue/refusals.ts'
import type { Connection } from './connection.ts'
import type { QueueEntry } from './queue-schema.ts'
import { QueueTable } from './queue-table.ts'

/**
 * Which queue is in which table. A name that this process has declared stays bound to its table, so that a newer
 * process which renames the queue does not disturb this one.
 */
export class Registry {
  readonly #db: Connection
  readonly #tables = new Map<string, QueueTable>()
  readonly #byRef = new Map<number, QueueTable>()
  readonly #declared = new Map<string, number>()
  /** Whether the transaction that is open declares queues: what names mean in it may yet be rolled back. */
  #declaring = false
  readonly #find
  readonly #findRef
  readonly #all

  constructor(db: Connection) {
    this.#db = db
    const columns = 'ref, name, table_name as "table", workflow, role'
    this.#find = db.prepare<[string], QueueEntry>(`select ${columns} from pw_queues where name = ?`)
    this.#findRef = db.prepare<[number], QueueEntry>(`select ${columns} from pw_queues where ref = ?`)
    this.#all = db.prepare<[{ workflow: string | null }], QueueEntry>(
      `select ${columns} from pw_queues where @workflow is null or workflow = @workflow order by ref`,
    )
  }

  /** The table of `queue`. Throws a `NotFoundError` if nobody has declared it. */
  table(queue: string): QueueTable {
    const known = this.#tables.get(queue)
    if (known) return known
    const entry = this.#find.get(queue) ?? this.#renamed(queue)
    if (!entry) throw noQueue(queue)
    const table = this.#of(entry)
    this.#tables.set(queue, table)
    return table
  }

  /** The table of the queue `ref`; undefined if there is none. */
  tableOf(ref: number): QueueTable | undefined {
    const known = this.#byRef.get(ref)
    if (known) return known
    const entry = this.#findRef.get(ref)
    return entry && this.#of(entry)
  }

  /** Every table there is, or those of one workflow, as the file knows them now. */
  all(workflow?: string): readonly QueueTable[] {
    return this.#all.all({ workflow: workflow ?? null }).map((entry) => this.#of(entry))
  }

  /** Every table there is, by each name that it goes by: in the file, and in this process. */
  named(): ReadonlyMap<string, QueueTable> {
    return new Map([...this.all().map((table) => [table.entry.name, table] as const), ...this.#tables])
  }

  /** Binds names to the refs of their queues, as a declaration that was committed has found them. */
  bind(refs: ReadonlyMap<string, number>): void {
    for (const [name, ref] of refs) this.#declared.set(name, ref)
  }

  /** Forgets what names mean, after a declaration in the transaction that is open that may have changed it. */
  redeclared(): void {
    this.#declaring = true
    this.#tables.clear()
  }

  /** Takes what names mean in the transaction for true: it has been committed. */
  committed(): void {
    this.#declaring = false
  }

  /** Forgets what names meant in a transaction that is rolled back. */
  clear(): void {
    if (this.#declaring) this.#tables.clear()
  }

  /** What this process has declared as `queue`, under the name that it knows. */
  #renamed(queue: string): QueueEntry | undefined {
    const ref = this.#declared.get(queue)
    const entry = ref === undefined ? undefined : this.#findRef.get(ref)
    return entry && { ...entry, name: queue }
  }

  #of(entry: QueueEntry): QueueTable {
    const known = this.#byRef.get(entry.ref)
    if (known && isSame(known.entry, entry)) return known
    const table = new QueueTable(this.#db, entry)
    this.#byRef.set(entry.ref, table)
    return table
  }
}

// A ref may mean another table after a declaration that was rolled back.
function isSame(a: QueueEntry, b: QueueEntry): boolean {
  return a.name === b.name && a.role === b.role && a.table === b.table
}
