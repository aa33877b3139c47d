// Deleting old history, and what it remembers, for keeper-thread.mjs; plain JavaScript, as that is.

const everyMs = 3_600_000
const wholeEveryMs = 24 * everyMs
const batch = 1000
const dayMs = 86_400_000

const isDue = `h.line > @after and h.line <= @last and h.at < @before
  and not exists (select 1 from pw_tokens t where t.token = h.token and t.left_at is null)`

// With the last line of its stay: a long stay may have begun long before it ended.
const removeValues = `delete from pw_values where (token, hop) in (select h.token, h.hop from pw_history h where ${isDue}
  and not exists (select 1 from pw_history n where n.token = h.token and n.hop = h.hop and n.line > h.line))`

/**
 * Makes a function that deletes lines of the history which are older than `days`, and the values of their stays, those of
 * tokens that are still in a queue excepted. Each call looks at a batch, so that no transaction is long, and returns whether
 * there is more to look at now; after a round it rests for an hour. It calls `say` with what a round has deleted.
 */
export function makePruner(db, { days, say }) {
  const values = db.prepare(removeValues)
  const lines = db.prepare(
    `delete from pw_history where line in (select h.line from pw_history h where ${isDue})`,
  )
  const remove = db.transaction((span) => {
    values.run(span)
    return lines.run(span).changes
  })
  return makeRounds(db, {
    days,
    remove: (span) => remove.immediate(span),
    say: (count) =>
      say(`Deleted ${sayCount(count, 'line')} of the history of ${db.name}, older than ${days} days.`),
  })
}

/** The same for values alone, whose lines are kept. */
export function makeValuePruner(db, { days, say }) {
  const values = db.prepare(removeValues)
  return makeRounds(db, {
    days,
    remove: (span) => values.run(span).changes,
    say: (count) =>
      say(
        `Deleted the values of ${sayCount(count, 'stay')} in the history of ${db.name}, older than ${days} days.`,
      ),
  })
}

// Lines are in the order of their times, except those that were written while a clock was wrong. So a round ends at the
// first young lines; but the first round, and one a day, reads all lines, as old ones may stand behind young ones.
function makeRounds(db, { days, remove, say }) {
  const look = db.prepare(
    `select max(line) as last, count(*) as count, total(at < @before) as due, total(at between @before and @now) as young
       from (select line, at from pw_history where line > @after order by line limit 0 + ${batch})`,
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
    if (due > 0) deleted += remove({ after, last, before })
    const isEnd = count < batch
    const isOver = isEnd || (elapsed < wholeAt && due === 0 && young > 0)
    after = isOver ? 0 : last
    if (!isOver) return true
    nextAt = elapsed + everyMs
    if (isEnd) wholeAt = elapsed + wholeEveryMs
    if (deleted > 0) say(deleted)
    deleted = 0
    return false
  }
}

function sayCount(count, what) {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`
}
