// Dropping texts of stays that have ended, for keeper-thread.mjs; plain JavaScript, as that is.

const leastRestMs = 10_000
const restForWork = 20
const batch = 1000

/**
 * Makes a function that drops texts whose token is in another stay by now, or in no queue; nobody finds them any more. Each call looks at
 * a batch, so that no transaction is long, and returns whether there are more; after a round it rests, as the one for marks.
 */
export function makeTextDropper(db) {
  const look = db.prepare(
    `select x.token, not exists (select 1 from pw_tokens t where t.token = x.token and t.queue = x.queue and t.hop = x.hop) as over
       from pw_texts x where x.token > ? order by x.token limit ${batch}`,
  )
  let remove
  let nextAt = 0
  let spentMs = 0
  let after = 0

  return (elapsed) => {
    if (elapsed < nextAt) return false
    const startedAt = performance.now()
    const found = look.all(after)
    const over = found.filter((each) => each.over).map(({ token }) => token)
    if (over.length > 0) drop(over)
    spentMs += performance.now() - startedAt
    const isMore = found.length === batch
    after = isMore ? found.at(-1).token : 0
    if (isMore) return true
    nextAt = elapsed + Math.max(leastRestMs, restForWork * spentMs)
    spentMs = 0
    return false
  }

  // A token may have got another text since it was looked at.
  function drop(tokens) {
    const still = `select x.token from pw_texts x where x.token in (select value from json_each(?))
      and not exists (select 1 from pw_tokens t where t.token = x.token and t.queue = x.queue and t.hop = x.hop)`
    remove ??= db.transaction((list) => {
      db.prepare(`delete from pw_text where rowid in (${still})`).run(list)
      db.prepare(`delete from pw_texts where token in (${still})`).run(list)
    }).immediate
    remove(JSON.stringify(tokens))
  }
}
