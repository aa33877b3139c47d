// Deleting old history, for keeper-thread.mjs; plain JavaScript, as that is.

const everyMs = 3_600_000
const wholeEveryMs = 24 * everyMs
const batch = 1000
const dayMs = 86_400_000

/**
 * Makes a function that deletes lines of the history which are older than `days`, those of tokens that are still in a
 * queue excepted. Each call looks at a batch, so that no transaction is long, and returns whether there is more to look
 * at now; after a round it rests for an hour. It calls `say` with what a round has deleted.
 *
 * Lines are in the order of their times, except those that were written while a clock was wrong. So a round ends at the
 * first young lines; but the first round, and one a day, reads all lines, as old ones may stand behind young ones.
 */
export function makePruner(db, { days, say }) {
  const look = db.prepare(
    `select max(line) as last, count(*) as count, total(at < @before) as due, total(at between @before and @now) as young
       from (select line, at from pw_history where line > @after order by line limit 0 + ${batch})`,
  )
  const remove = db.prepare(
    `delete from pw_history where line > @after and line <= @last and at < @before
       and not exists (select 1 from pw_tokens t where t.token = pw_history.token and t.left_at is null)`,
  )
  let nextAt = 0
  let wholeAt = 0
  let after = 0
  let deleted = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const now = Date.now()
    const before = now - days * dayMs
    const { last, count, due, young } = look.get({ after, before, now })
    if (due > 0) deleted += remove.run({ after, last, before }).changes
    const isEnd = count < batch
    const isOver = isEnd || (elapsed < wholeAt && due === 0 && young > 0)
    after = isOver ? 0 : last
    if (!isOver) return true
    nextAt = elapsed + everyMs
    if (isEnd) wholeAt = elapsed + wholeEveryMs
    if (deleted > 0)
      say(`Deleted ${sayLines(deleted)} of the history of ${db.name}, older than ${days} days.`)
    deleted = 0
    return false
  }
}

function sayLines(count) {
  return count === 1 ? '1 line' : `${count} lines`
}
