import { Alarm } from '../../../queue/alarm.ts'
import type { Clock } from '../../../queue/clock.ts'
import { Metering, minuteMs, type Placed } from '../../../queue/rules/metering.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { Work } from './request.ts'

/** After so long what was gathered is written, in milliseconds. */
const writeMs = 1000
/** So often is read at most what is written meanwhile. */
const mostReads = 5

interface MeterParts {
  readonly clock: Clock
  readonly ask: (work: Work<void>) => Promise<void>
}

/** The meters that this process has gathered and not written: a crash loses a second of them, and nothing else. */
export class MeterBook {
  readonly #parts: MeterParts
  readonly #alarm: Alarm
  #gathered = new Metering<number>(minuteMs)
  #writing: readonly Placed<number>[] = []
  /** When what was written last is there, or was kept; another promise each time. */
  #written: Promise<void> = Promise.resolve()

  constructor(parts: MeterParts) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.clock, () => void this.write().catch(() => {}))
  }

  /**
   * Resolves with what `read` reads of the table, which is given what is not there yet. It reads again if something was on its way
   * there meanwhile, but not for ever.
   */
  async beside<T>(read: (gathered: readonly Placed<number>[]) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      while (this.#writing.length > 0) await this.#written
      const before = this.#written
      const done = await read([...this.#gathered.cells])
      if (this.#written === before || tries === mostReads) return done
    }
  }

  /** Takes in what a transaction has gathered. */
  add(meters: Metering<number>): void {
    if (meters.isEmpty) return
    for (const placed of meters.cells) this.#gathered.add(placed)
    this.#alarm.within(writeMs)
  }

  /** Writes what was gathered. What cannot be written is kept. */
  async write(): Promise<void> {
    if (this.#gathered.isEmpty || this.#writing.length > 0) return
    this.#writing = this.#gathered.drop()
    const writing = this.#write()
    this.#written = writing.catch(() => {})
    await writing
  }

  close(): void {
    this.#alarm.off()
  }

  async #write(): Promise<void> {
    try {
      await this.#parts.ask({ run: (open) => writeMeters(open, this.#writing) })
    } catch (error) {
      for (const placed of this.#writing) this.#gathered.add(placed)
      throw error
    } finally {
      this.#writing = []
    }
  }
}

async function writeMeters(open: OpenTransaction, cells: readonly Placed<number>[]): Promise<void> {
  const rows = cells.map(({ at, queue, to = 0, cell: { entered, moved, failed, age, work } }) => ({
    ...{ ms: minuteMs, at, queue, target: to, entered, moved, failed },
    ...{ age: age.buckets, age_ms: age.sumMs, work: work.buckets, work_ms: work.sumMs },
  }))
  await open.write(
    `insert into pw_meters as m (ms, at, queue, target, entered, moved, failed, age, age_ms, work, work_ms)
       select * from json_to_recordset($1::json) as v(ms integer, at bigint, queue integer, target integer, entered bigint, moved bigint,
         failed bigint, age bigint[], age_ms double precision, work bigint[], work_ms double precision) order by ms, at, queue, target
       on conflict (ms, at, queue, target) do update set entered = m.entered + excluded.entered, moved = m.moved + excluded.moved,
         failed = m.failed + excluded.failed, age = pw_add(m.age, excluded.age), age_ms = m.age_ms + excluded.age_ms,
         work = pw_add(m.work, excluded.work), work_ms = m.work_ms + excluded.work_ms`,
    JSON.stringify(rows),
  )
}
