// Dropping records that have ended, and letters and steps of what has ended, for keeper-thread.mjs; plain JavaScript, as that is.

const everyMs = 60_000
const batch = 1000

/**
 * Makes a function that drops records whose time is over or whose stay has ended, and letters and steps whose token or stay has
 * ended; nobody sees them any more. Each call drops a batch at most, so that no transaction is long, and returns whether
 * there may be more; then it rests for a minute.
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
  const boxes = [
    makeSweeper(db, {
      table: 'pw_letters',
      number: 'seq',
      isOver: 't.queue is null or e.hop not in (0, t.hop)',
    }),
    makeSweeper(db, { table: 'pw_steps', number: 'step', isOver: 't.queue is null or e.hop <> t.hop' }),
  ]
  let nextAt = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const dropped = [over.run(Date.now()).changes, left.run().changes]
    // All of them: the first must not keep the others from their turn.
    const isMore = [dropped.includes(batch), ...boxes.map((sweep) => sweep())].includes(true)
    if (!isMore) nextAt = elapsed + everyMs
    return isMore
  }
}

/**
 * Makes a function that looks at the next rows of a table, and deletes those that are over: most are not, and to look at all of
 * them in a transaction that may write would keep other processes from writing. It returns whether there are more.
 */
function makeSweeper(db, { table, number, isOver }) {
  const look = db.prepare(
    `select e.${number} as n, ${isOver} as isOver from ${table} e left join pw_tokens t on t.token = e.token
       where e.${number} > ? order by e.${number} limit ${batch}`,
  )
  const remove = db.prepare(`delete from ${table} where ${number} in (select value from json_each(?))
    and exists (select 1 from ${table} e left join pw_tokens t on t.token = e.token
      where e.${number} = ${table}.${number} and (${isOver}))`)
  let after = 0

  return () => {
    const rows = look.all(after)
    const over = rows.filter((row) => row.isOver).map((row) => row.n)
    if (over.length > 0) remove.run(JSON.stringify(over))
    after = rows.length < batch ? 0 : rows.at(-1).n
    return rows.length === batch
  }
}
