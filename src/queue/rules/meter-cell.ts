import type { Meter, Spread } from '../pulse.ts'

/** What takes as long or longer is in the last bucket. */
const longest = 2 ** 30

/** A spread that grows. */
class OpenSpread implements Spread {
  readonly buckets: number[] = []
  sumMs = 0

  add(ms: number, times = 1): void {
    this.#fill(32 - Math.clz32(Math.min(ms, longest)), times)
    this.sumMs += ms * times
  }

  addAll({ buckets, sumMs }: Spread): void {
    for (let at = buckets.length - 1; at >= 0; at--) this.#fill(at, buckets[at]!)
    this.sumMs += sumMs
  }

  #fill(at: number, times: number): void {
    while (this.buckets.length <= at) this.buckets.push(0)
    this.buckets[at]! += times
  }
}

/** What has happened in a queue, and gone to one place, within a span. */
export class MeterCell {
  entered = 0
  moved = 0
  failed = 0
  readonly age = new OpenSpread()
  readonly work = new OpenSpread()

  add({
    entered,
    moved,
    failed,
    age,
    work,
  }: Pick<Meter, 'entered' | 'moved' | 'failed' | 'age' | 'work'>): void {
    this.entered += entered
    this.moved += moved
    this.failed += failed
    this.age.addAll(age)
    this.work.addAll(work)
  }
}

/** A cell as a pulse shows it. */
export function shownCell({ entered, moved, failed, age, work }: MeterCell): Omit<Meter, 'at' | 'ms' | 'to'> {
  const spread = ({ buckets, sumMs }: Spread) => ({ buckets: [...buckets], sumMs })
  return { entered, moved, failed, age: spread(age), work: spread(work) }
}
