import type { Row } from '../../../queue/rows.ts'
import { sayCause } from '../../../queue/say-fault.ts'
import { sentence } from '../../../queue/sentence.ts'
import type { Json } from '../../../schema/json.ts'

/** How long a value may be that is shown, in bytes of JSON. */
const maxShownBytes = 64 * 1024

/** The text of the file of a token that is in `queue`: JSON, with the keys that src/docs/up.md names. */
export function tokenText(queue: string, row: Row): string {
  const { id, status, hop, attempts, owner, dueAt, waits, value } = row
  const fault = row.error ?? row.brought
  const facts = {
    id,
    queue,
    tag: tagOf(value),
    status,
    since: new Date(row.enteredAt).toISOString(),
    hop,
    attempts,
    until: dueAt === undefined || status === 'ready' ? undefined : new Date(dueAt).toISOString(),
    owner: status === 'leased' ? owner : undefined,
    waitsFor: status === 'waiting' ? waits?.for.map(({ name }) => name) : undefined,
    reason: fault && sentence(sayCause(fault)),
  }
  const text = print({ ...facts, value })
  if (text.length <= maxShownBytes) return text
  const valueBytes = Buffer.byteLength(JSON.stringify(value))
  return valueBytes <= maxShownBytes ? text : print({ ...facts, valueBytes })
}

function print(facts: object): string {
  return `${JSON.stringify(facts, null, 2)}\n`
}

function tagOf(value: Json): string | undefined {
  const { tag } = Object(value) as { tag?: unknown }
  return typeof tag === 'string' ? tag : undefined
}
