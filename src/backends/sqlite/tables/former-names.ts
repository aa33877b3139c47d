import type { Connection } from '../file/connection.ts'
import type { QueueEntry } from './queue-entry.ts'

/**
 * The former names of renamed queues, which processes of older versions go on to use. A name that another queue has been
 * given since is forgotten.
 */
export class FormerNames {
  readonly #find
  readonly #all
  readonly #keep
  readonly #give
  #byRef: Map<number, string[]> | undefined

  constructor(db: Connection) {
    this.#find = db.prepare<[string], number>('select ref from pw_names where name = ?').pluck()
    this.#all = db.prepare<[], Pick<QueueEntry, 'ref' | 'name'>>('select ref, name from pw_names')
    this.#keep = db.prepare<[string, number]>('insert or replace into pw_names (name, ref) values (?, ?)')
    this.#give = db.prepare<[string]>('delete from pw_names where name in (select value from json_each(?))')
  }

  /** The ref of the queue that was called `name`. */
  find(name: string): number | undefined {
    return this.#find.get(name)
  }

  /** The name of a queue, and those that it had. */
  with({ ref, name }: Pick<QueueEntry, 'ref' | 'name'>): readonly string[] {
    this.#byRef ??= this.#read()
    const former = this.#byRef.get(ref)
    return former ? [name, ...former] : [name]
  }

  /** Remembers, in the transaction that is open, that the queue `ref` was called `name`. */
  keep(name: string, ref: number): void {
    this.#keep.run(name, ref)
  }

  /** Forgets, in the transaction that is open, which queues had these names: others have them now. */
  give(names: readonly string[]): void {
    this.#give.run(JSON.stringify(names))
  }

  /** Forgets what was read. */
  clear(): void {
    this.#byRef = undefined
  }

  #read(): Map<number, string[]> {
    const byRef = new Map<number, string[]>()
    for (const { ref, name } of this.#all.all()) byRef.set(ref, [...(byRef.get(ref) ?? []), name])
    return byRef
  }
}
