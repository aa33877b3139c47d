import { noQueue } from '../../../queue/refusals.ts'
import type { Succession } from '../../../queue/succession.ts'
import type { Connection } from '../file/connection.ts'
import { FormerNames } from './former-names.ts'
import { accepts, type QueueEntry } from './queue-entry.ts'

/**
 * Which queue a name means. A name that this process has declared means the same queue as long as that is there,
 * so that a newer process which renames the queue does not disturb this one; an old name means the queue that had it.
 */
export class Registry {
  readonly #byName = new Map<string, QueueEntry>()
  readonly #byRef = new Map<number, QueueEntry>()
  readonly #declared = new Map<string, number>()
  readonly #declaredAs = new Map<number, string>()
  /** The former names of renamed queues. */
  readonly former: FormerNames
  /** Whether the transaction that is open declares queues: what names mean in it may yet be rolled back. */
  #declaring = false
  /** Changes whenever what names mean is forgotten. */
  generation = 0
  /** How often queues had been declared when this was learnt. */
  #seen: number | undefined
  readonly #find
  readonly #findRef
  readonly #all
  readonly #times
  readonly #findKeyed
  #keyed: boolean | undefined

  constructor(db: Connection) {
    const columns =
      'ref, name, view, workflow, role, keeps as "values", tags, retired, heirs, behind, gated, holding, keyed'
    this.#find = db.prepare<[string], QueueEntry>(`select ${columns} from pw_queues where name = ?`)
    this.#findRef = db.prepare<[number], QueueEntry>(`select ${columns} from pw_queues where ref = ?`)
    this.#all = db.prepare<[{ workflow: string | null }], QueueEntry>(
      `select ${columns} from pw_queues where @workflow is null or workflow = @workflow order by ref`,
    )
    this.#times = db.prepare<[], number>('select times from pw_declared').pluck()
    this.#findKeyed = db.prepare<[], number>('select 1 from pw_queues where keyed limit 1').pluck()
    this.former = new FormerNames(db)
  }

  /** Which queue takes over what, as it is now. */
  readonly succession: Succession<QueueEntry> = {
    heirs: (queue) => this.heirsOf(queue),
    accepts,
    isRetired: ({ retired }) => retired !== 0,
  }

  /** Forgets what names meant if this or another process has declared queues since. */
  refresh(): void {
    const times = this.#times.get()
    if (times === this.#seen) return
    this.#seen = times
    this.#forget()
  }

  /** Whether messages of any queue have keys. */
  get hasKeys(): boolean {
    this.#keyed ??= this.#findKeyed.get() !== undefined
    return this.#keyed
  }

  /** The queue that `name` means. Throws a `NotFoundError` if no workflow has declared it. */
  queue(name: string): QueueEntry {
    const known = this.#byName.get(name)
    if (known) return known
    const entry = this.#entry(name)
    if (!entry) throw noQueue(name)
    const queue = this.#keep(entry)
    this.#byName.set(name, queue)
    return queue
  }

  /** The queue `ref`; undefined if there is none. */
  of(ref: number): QueueEntry | undefined {
    const known = this.#byRef.get(ref)
    if (known) return known
    const entry = this.#findRef.get(ref)
    return entry && this.#keep(entry)
  }

  /** Every queue there is, or those of one workflow, as the file knows them now. */
  all(workflow?: string): readonly QueueEntry[] {
    return this.#all.all({ workflow: workflow ?? null })
  }

  /** The queues that take over what is pushed into one; undefined if it takes all itself. */
  heirsOf({ heirs }: Pick<QueueEntry, 'heirs'>): readonly QueueEntry[] | undefined {
    if (heirs === null) return undefined
    return (JSON.parse(heirs) as number[]).flatMap((ref) => this.of(ref) ?? [])
  }

  /** The names of a queue: its own, and those that processes of older versions use, this process too. */
  namesOf(entry: QueueEntry): readonly string[] {
    const names = this.former.with(entry)
    const declared = this.#declaredAs.get(entry.ref)
    return declared === undefined || names.includes(declared) ? names : [...names, declared]
  }

  /** Whether `name` means a queue. */
  has(name: string): boolean {
    return this.#byName.has(name) || this.find(name) !== undefined
  }

  /** The ref of the queue that `name` means in the file; undefined if there is none. */
  find(name: string): number | undefined {
    return this.#find.get(name)?.ref ?? this.former.find(name)
  }

  /** Binds names to the refs of their queues, as a declaration that was committed has found them. */
  bind(refs: ReadonlyMap<string, number>): void {
    for (const [name, ref] of refs) {
      const before = this.#declared.get(name)
      if (before !== undefined && before !== ref) this.#declaredAs.delete(before)
      this.#declared.set(name, ref)
      this.#declaredAs.set(ref, name)
    }
    this.#forget()
  }

  /** Forgets what names mean, after a declaration in the transaction that is open that may have changed it. */
  redeclared(): void {
    this.#declaring = true
    this.#forget()
  }

  /** Keeps what names mean in the transaction: it has been committed. */
  committed(): void {
    this.#declaring = false
  }

  /** Forgets what names meant in a transaction that is rolled back. */
  clear(): void {
    if (!this.#declaring) return
    this.#seen = undefined
    this.#forget()
  }

  #forget(): void {
    this.generation++
    this.#keyed = undefined
    this.#byName.clear()
    this.#byRef.clear()
    this.former.clear()
  }

  #entry(queue: string): QueueEntry | undefined {
    const declared = this.#declared.get(queue)
    const own = declared === undefined ? undefined : this.#findRef.get(declared)
    if (own && !own.retired) return own
    const named = this.#find.get(queue)
    if (named && !named.retired) return named
    const former = this.former.find(queue)
    return own ?? named ?? (former === undefined ? undefined : this.#findRef.get(former))
  }

  // The same object for the same queue, until queues are declared again.
  #keep(entry: QueueEntry): QueueEntry {
    const known = this.#byRef.get(entry.ref)
    if (known) return known
    this.#byRef.set(entry.ref, entry)
    return entry
  }
}
