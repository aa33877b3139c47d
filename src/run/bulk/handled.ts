import type { Backend } from '../../queue/backend.ts'
import type { Put } from '../../queue/change.ts'
import type { Row, Status } from '../../queue/rows.ts'
import { statuses } from '../../queue/status.ts'
import { keptMs } from './bulk-place.ts'

/** A message that a run has dealt with, as it was before: what undo needs to know. */
export interface Handled {
  readonly id: string
  readonly hop: number
  readonly queue: string
  readonly status: Status
  readonly lease: number
  readonly dueAt?: number | undefined
}

/** Which run, and where its records are. */
export interface HandledOf {
  /** The workflow of the runs. */
  readonly workflow: string
  readonly run: string
}

type Stored = readonly [
  id: string,
  hop: number,
  queue: string,
  status: number,
  lease: number,
  dueAt: number | null,
]

/** A record is at most 64 KiB long as JSON. */
const mostBytes = 60_000

/** What is kept of `row`, to which something is about to be done in `queue`. */
export function handledOf({ id, hop, status, lease, dueAt }: Row, queue: string): Handled {
  return { id, hop, queue, status, lease, dueAt }
}

/** The records that remember a batch. */
export function keepHandled(
  { workflow, run }: HandledOf,
  batch: number,
  handled: readonly Handled[],
): readonly Put[] {
  return chunksOf(handled.map(stored)).map((value, n) => ({
    ...{ kind: 'put', workflow, key: `${prefixOf(run)}${padded(batch)}/${padded(n)}`, value, forMs: keptMs },
  }))
}

/** A page of what a run has dealt with, after a record's key, a record at a time; undefined if there is no more. */
export async function handledAfter(
  backend: Backend,
  { workflow, run }: HandledOf,
  after: string | undefined,
): Promise<{ readonly handled: readonly Handled[]; readonly key: string } | undefined> {
  const { records } = await backend.records({ workflow }, { prefix: prefixOf(run), after, limit: 1 })
  const [record] = records
  return (
    record && { handled: (record.value as unknown as readonly Stored[]).map(readStored), key: record.key }
  )
}

/** What the batch number `batch` has dealt with. */
export async function handledIn(
  backend: Backend,
  { workflow, run }: HandledOf,
  batch: number,
): Promise<readonly Handled[]> {
  const prefix = `${prefixOf(run)}${padded(batch)}/`
  const { records } = await backend.records({ workflow }, { prefix, limit: 1000 })
  return records.flatMap(({ value }) => (value as unknown as readonly Stored[]).map(readStored))
}

function prefixOf(run: string): string {
  return `ids/${run}/`
}

function padded(n: number): string {
  return String(n).padStart(9, '0')
}

function stored({ id, hop, queue, status, lease, dueAt }: Handled): Stored {
  return [id, hop, queue, statuses.indexOf(status), lease, dueAt ?? null]
}

function readStored([id, hop, queue, status, lease, dueAt]: Stored): Handled {
  return { id, hop, queue, status: statuses[status]!, lease, dueAt: dueAt ?? undefined }
}

function chunksOf(all: readonly Stored[]): readonly (readonly Stored[])[] {
  const chunks: Stored[][] = []
  let bytes = mostBytes
  for (const each of all) {
    const own = Buffer.byteLength(JSON.stringify(each)) + 1
    if (bytes + own > mostBytes) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)!.push(each)
    bytes += own
  }
  return chunks
}
