import type { Connection } from '../file/connection.ts'

/** The numbers that stand for the owners of leases in the history: a process has one, and a line needs no name. */
export class Owners {
  readonly #find
  readonly #add
  readonly #known = new Map<string, number>()
  /** What was learnt in the transaction that is open: it may yet be rolled back, and a number given to another. */
  #learnt: (readonly [name: string, ref: number])[] = []

  constructor(db: Connection) {
    this.#find = db.prepare<[string], number>('select ref from pw_owners where name = ?').pluck()
    this.#add = db.prepare<[string], number>('insert into pw_owners (name) values (?) returning ref').pluck()
  }

  refOf(name: string): number {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const ref = this.#find.get(name) ?? this.#add.get(name)!
    this.#learnt.push([name, ref])
    return ref
  }

  /** Keeps what was learnt in the transaction: it has been committed. */
  committed(): void {
    for (const [name, ref] of this.#learnt) this.#known.set(name, ref)
    this.clear()
  }

  /** Forgets what was learnt in a transaction that is rolled back. */
  clear(): void {
    if (this.#learnt.length > 0) this.#learnt = []
  }
}
