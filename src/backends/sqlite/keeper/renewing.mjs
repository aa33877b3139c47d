// The part of the keeper's thread that renews leases. Which ones, it reads from memory that it shares with the process
// (see held-leases.ts); whether a fence holds, from the tables. A lease gets into that memory after the transaction that
// gave it, and its place goes on to another lease under another mark: so a single look that does not find it is proof.

/** How much of its time a lease has left at least, if nothing is in the way. */
const leftAtLeast = 2 / 3
const numbersOfKey = 3
const which = `token = ? and hop = ? and lease = ? and status = 'leased'`

/**
 * Returns a function that looks at all leases once, and is to be called again in `everyMs`: renews those that would have
 * run for a third of their time by then, and calls `lost` with `[place, mark]` of each that is gone.
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
    if (due.length > 0) extend(due)
  }

  function extend(due) {
    begin.run()
    try {
      const now = elapsed()
      for (const { token, hop, lease } of due) renewal.run(now, token, hop, lease)
      commit.run()
    } catch (error) {
      if (db.inTransaction) rollback.run()
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
