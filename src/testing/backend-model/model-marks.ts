import assert from 'node:assert/strict'
import type { Fault, Mark } from '../../queue/change.ts'
import type { Marks } from '../../queue/marks.ts'
import { printOf } from '../../queue/print.ts'
import type { Row } from '../../queue/rows.ts'
import type { Presence } from './presence.ts'

/** The revisions of the marks that the model knows, by workflow and id: they outlive a stay. */
export class ModelMarks {
  readonly #revs: Map<string, number>

  constructor(revs: Iterable<readonly [string, number]> = []) {
    this.#revs = new Map(revs)
  }

  /** An independent copy. */
  copy(): ModelMarks {
    return new ModelMarks(this.#revs)
  }

  toJSON(): unknown {
    return [...this.#revs]
  }

  /** How often people have changed marks of a token. */
  rev(key: string): number {
    return this.#revs.get(key) ?? 0
  }

  /** Sets marks of the message that is `found`; false if that is refused. */
  set(key: string, found: Presence | undefined, { hop, rev, set, skip, text }: Mark): boolean | 'skipped' {
    const isRight =
      found && (hop === undefined || hop === found.hop) && (rev === undefined || rev === this.rev(key))
    if (!isRight) return skip ? 'skipped' : false
    if (text !== undefined) found.text = text ?? undefined
    found.marks = kept({ ...found.marks, ...set })
    this.#revs.set(key, this.rev(key) + 1)
    return true
  }
}

/** Those marks that are not null. */
export function kept(marks: Marks = {}): Marks {
  return Object.fromEntries(Object.entries(marks).filter(([, value]) => value !== null))
}

/** Asserts that a row has the marks that people and its push have set, and those of its faults. */
export function compareMarks(row: Row, known: Presence, rev: number): void {
  const { print, source, ...others } = row.marks ?? {}
  assert.deepEqual(others, known.marks, `the marks of "${row.id}"`)
  assert.equal(row.rev, rev, `the revision of "${row.id}"`)
  const fault: Fault | undefined = row.error ?? row.brought
  assert.equal(print, fault && printOf(fault, row.id), `the print of "${row.id}"`)
  assert.deepEqual(row.brought, known.brought, `what brought "${row.id}"`)
  assert.equal(source !== undefined, known.brought !== undefined, `where "${row.id}" came from`)
  assert.equal(row.source !== undefined, known.brought !== undefined, `the queue that gave "${row.id}" up`)
}
