// The part of the keeper's thread that renews leases. It reads the list of leases from memory that it shares with the
// process (see held-leases.ts), and from the tables whether a fence holds. A lease is added to that memory after the
// transaction that gave it, and its place goes on to another lease under another mark: so one look at the tables that does
// not find it proves that it is gone.

import { isClosing } from '../house/closing-error.mjs'

/** How much of its time a lease has left at least, if nothing is in the way. */
const leftAtLeast = 2 / 3
const numbersOfKey = 3
const which = `token = ? and hop = ? and lease = ? and status = 'leased'`

/**
 * Returns a function that checks all leases once, and is to be called again in `everyMs`: it renews those that would have
 * used a third of their time by then, and calls `lost` with `[place, mark]` of each that is gone.
 */
export function makeRenewer(db, { marks, keys }, lost) {
  const held = new Int32Array(marks)
  const numbers = new Float64Array(keys)
  const find = db.prepare(`select until, deadline, lease_ms from pw_tokens where ${which}`)
  const renewal = db.prepare(`update pw_tokens set until = min(? + lease_ms, deadline) where ${which}`)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')

  return function renew(everyMs) {
    const due = []
    const gone = []
    for (const each of all()) {
      const row = find.get(each.token, each.hop, each.lease)
      if (!row) gone.push([each.place, each.mark])
      else if (row.until < row.deadline && row.until - elapsed() - everyMs < leftAtLeast * row.lease_ms)
        due.push(each)
    }
    if (gone.length > 0) lost(gone)
    if (due.length > 0 && !extend(due)) lost(due.map(({ place, mark }) => [place, mark]))
  }

  // Returns false if the file is closed, since its queues are moved: then no lease in it is worth anything.
  function extend(due) {
    begin.run()
    try {
      const now = elapsed()
      for (const { token, hop, lease } of due) renewal.run(now, token, hop, lease)
      commit.run()
      return true
    } catch (error) {
      if (db.inTransaction) rollback.run()
      if (isClosing(error)) return false
      throw error
    }
  }

  function* all() {
    const highest = Atomics.load(held, 0)
    for (let place = 1; place <= highest; place++) {
      const mark = Atomics.load(held, place)
      if (mark % 2 === 0) continue
      const at = place * numbersOfKey
      const [token, hop, lease] = numbers.slice(at, at + numbersOfKey)
      if (Atomics.load(held, place) === mark) yield { place, mark, token, hop, lease }
    }
  }
}

/** The clock that leases count, as `systemClock.elapsed`. */
function elapsed() {
  return Math.floor(Number(process.hrtime.bigint() / 1_000_000n))
}
