// Dropping records that have ended, for keeper-thread.mjs; plain JavaScript, as that is.

const everyMs = 60_000
const batch = 1000

/**
 * Makes a function that drops records whose time is over or whose stay has ended; nobody sees them any more. Each call drops
 * a batch at most, so that no transaction is long, and returns whether there may be more; then it rests for a minute.
 */
export function makeDropper(db) {
  const over = db.prepare(
    `delete from pw_records where rev in (select rev from pw_records where until <= ? limit ${batch})`,
  )
  const left = db.prepare(
    `delete from pw_records where rev in
       (select r.rev from pw_records r left join pw_tokens t on t.token = r.token
          where r.hop > 0 and (t.queue is null or t.hop <> r.hop) limit ${batch})`,
  )
  let nextAt = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const dropped = [over.run(Date.now()).changes, left.run().changes]
    const isMore = dropped.includes(batch)
    if (!isMore) nextAt = elapsed + everyMs
    return isMore
  }
}
