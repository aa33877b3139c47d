import type { OpenApp } from '../../../app/open-app.ts'
import type { WriteQueue } from '../../../queue/write-queue.ts'
import type { Log } from '../../../run/log.ts'
import { Due } from './due.ts'
import { enter } from './entry.ts'
import { History } from './history.ts'
import { Leases } from './leases.ts'
import { queuesFile, queuesText } from './queues-file.ts'
import { type Found, Rows } from './rows.ts'
import type { Placed } from './shelf.mjs'
import type { ShelfThread } from './shelf-thread.ts'
import { type Touch, Touched } from './touched.ts'

/** What a pass needs. */
export interface PassParts {
  readonly app: Pick<OpenApp, 'name' | 'backend' | 'seed'>
  readonly input: WriteQueue<any>
  readonly shelf: Pick<ShelfThread, 'ask'>
  /** The folder of each queue. */
  readonly places: ReadonlyMap<string, string>
  readonly log: Log
  readonly signal: AbortSignal
}

const countEveryMs = 1000
/** So many tokens are gathered before their files are written: one that has moved often meanwhile is written once. */
const gathered = 100_000

/** One opening of the folders: what is there is made right, then kept so. Rejects if the files, or the rows, cannot be had. */
export class Pass {
  readonly #parts: PassParts
  readonly #rows: Rows
  readonly #history: History
  readonly #leases: Leases
  readonly #touched = new Touched()
  readonly #due = new Due()
  readonly #first: string
  /** Tokens in whose place something stands that is not ours: they are tried again. */
  #blocked: ReadonlyMap<string, string> = new Map()
  #countedAt = Number.NEGATIVE_INFINITY
  #queues = ''

  constructor(parts: PassParts) {
    const { app, places } = parts
    this.#parts = parts
    this.#rows = new Rows(app.backend, app.name, places)
    this.#history = new History(app.backend, app.name)
    this.#leases = new Leases(app.backend)
    this.#first = [...places.keys()][0]!
  }

  /** Writes all files, and removes those of ours that are not to be there. */
  async begin(): Promise<void> {
    const { shelf, signal } = this.#parts
    await shelf.ask('open')
    await this.#history.begin()
    await this.#write(this.#rows.all(), new Map())
    if (!signal.aborted) await shelf.ask('sweep')
  }

  /** Does what is to be done now, and returns whether there is more. */
  async look(): Promise<{ readonly more: boolean }> {
    const { app, places, shelf, signal } = this.#parts
    const drops = await this.#takeDrops()
    let more = true
    while (more && this.#touched.size < gathered) ({ more } = await this.#history.read(this.#touched))
    if (signal.aborted || performance.now() - this.#countedAt >= countEveryMs) {
      this.#countedAt = performance.now()
      const counts = (await app.backend.count()).filter(({ queue }) => places.has(queue))
      await this.#leases.look(counts, this.#touched)
      const text = queuesText(counts, places)
      if (text !== this.#queues) await shelf.ask('write', { name: queuesFile, text })
      this.#queues = text
    }
    this.#due.look(Date.now(), this.#touched)
    for (const [id, queue] of this.#blocked) this.#touched.lookAfter(id, queue)
    this.#blocked = new Map()
    if (this.#touched.size > 0) {
      const touches = this.#touched.take()
      await this.#write(this.#rows.of(touches), touches)
    }
    return { more: more || drops }
  }

  // Files are written while the next rows are read.
  async #write(pages: AsyncIterable<readonly Found[]>, touches: ReadonlyMap<string, Touch>): Promise<void> {
    const { shelf, signal } = this.#parts
    const gone = new Map(touches)
    const blocked = new Map<string, string>()
    let writing = Promise.resolve()
    const write = async (placed: readonly Placed[]) => {
      for (const place of await shelf.ask('put', placed)) this.#block(placed[place]!, blocked)
    }
    for await (const page of pages) {
      const placed = page.flatMap((found) => this.#rows.placed(found, touches.get(found.row.id)))
      for (const { queue, row } of page) {
        gone.delete(row.id)
        if (row.dueAt !== undefined && row.status !== 'ready') this.#due.add(row.id, queue, row.dueAt)
      }
      await writing
      writing = write(placed)
      writing.catch(() => {})
      if (signal.aborted && touches.size === 0) break
    }
    await writing
    const left = [...gone].flatMap(([id, touch]) => this.#rows.gone(id, touch))
    if (left.length > 0) await write(left)
    this.#blocked = blocked
  }

  #block({ folder, id }: Placed, blocked: Map<string, string>): void {
    const { places, log } = this.#parts
    const queue = [...places].find(([, each]) => each === folder)![0]
    blocked.set(id, queue)
    if (queue !== this.#first && !this.#blocked.has(id))
      log.warn('Something stands in the place of the file of a token.', { id, folder })
  }

  async #takeDrops(): Promise<boolean> {
    const { app, input, shelf, log } = this.#parts
    const { drops, refused, copies, more } = await shelf.ask('look')
    const settled = await Promise.all(
      drops.map(async (drop) => ({
        name: drop.name,
        ...(await enter({ input, seed: app.seed }, drop)),
      })),
    )
    if (settled.length > 0) await shelf.ask('settle', settled)
    for (const { id, name, reason } of settled) {
      if (reason === undefined) log.info('The token of a file has entered.', { id, file: name })
      // Its own file may have been there, and was taken for what was dropped.
      this.#touched.lookAfter(id, this.#first)
    }
    for (const id of copies) this.#touched.lookAfter(id, this.#first)
    for (const { name, reason } of [...refused, ...settled])
      if (reason !== undefined) log.warn('A file was set aside.', { file: name, reason })
    return more || settled.length > 0
  }
}
