// Dropping marks of stays that have ended, for keeper-thread.mjs; plain JavaScript, as that is.
import { inRounds } from './dropping-in-rounds.mjs'

const batch = 1000

/**
 * Makes a function that drops marks whose token is in another stay by now, or in no queue: no reader sees them any more. Each
 * call looks at the marks of a batch of tokens, and returns whether there are more.
 */
export function makeMarkDropper(db) {
  const of =
    'exists (select 1 from pw_tokens t where t.token = m.token and t.queue = m.queue and t.hop = m.hop)'
  const look = db.prepare(
    `select max(token) as last, count(*) as count, total(not ${of}) as over
       from (select * from pw_marks where token > ? order by token limit ${batch}) m`,
  )
  const remove = db.prepare(`delete from pw_marks as m where token > @after and token <= @last and not ${of}`)

  return inRounds((after) => {
    const { last, count, over } = look.get(after)
    if (over > 0) remove.run({ after, last })
    // The last token of a batch may have more marks than were looked at: it is looked at once more.
    return count === batch ? Math.max(last - 1, after + 1) : undefined
  })
}
