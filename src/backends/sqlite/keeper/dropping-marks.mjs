// Dropping marks of stays that have ended, for keeper-thread.mjs; plain JavaScript, as that is.

const leastRestMs = 10_000
const restForWork = 20
const batch = 1000

/**
 * Makes a function that drops marks whose token is in another stay by now, or in no queue; nobody sees them any more. Each call looks
 * at the marks of a batch of tokens, so that no transaction is long, and returns whether there are more; after a round it
 * rests, in proportion to what the round has cost, as most marks are those of stays that go on.
 */
export function makeMarkDropper(db) {
  const of =
    'exists (select 1 from pw_tokens t where t.token = m.token and t.queue = m.queue and t.hop = m.hop)'
  const look = db.prepare(
    `select max(token) as last, count(*) as count, total(not ${of}) as over
       from (select * from pw_marks where token > ? order by token limit ${batch}) m`,
  )
  const remove = db.prepare(`delete from pw_marks as m where token > @after and token <= @last and not ${of}`)
  let nextAt = 0
  let spentMs = 0
  let after = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const startedAt = performance.now()
    const { last, count, over } = look.get(after)
    if (over > 0) remove.run({ after, last })
    spentMs += performance.now() - startedAt
    const isMore = count === batch
    // The last token of a batch may have more marks than were looked at: it is looked at once more.
    after = isMore ? Math.max(last - 1, after + 1) : 0
    if (isMore) return true
    nextAt = elapsed + Math.max(leastRestMs, restForWork * spentMs)
    spentMs = 0
    return false
  }
}
