// Dropping texts of stays that have ended, for keeper-thread.mjs; plain JavaScript, as that is.
import { inRounds } from './dropping-in-rounds.mjs'

const batch = 1000

/**
 * Makes a function that drops texts whose token is in another stay by now, or in no queue: no reader finds them any more. Each
 * call looks at a batch, and returns whether there are more.
 */
export function makeTextDropper(db) {
  const isOver =
    'not exists (select 1 from pw_tokens t where t.token = x.token and t.queue = x.queue and t.hop = x.hop)'
  const look = db.prepare(
    `select x.token, ${isOver} as over from pw_texts x where x.token > ? order by x.token limit ${batch}`,
  )
  let remove

  return inRounds((after) => {
    const found = look.all(after)
    const over = found.filter((each) => each.over).map(({ token }) => token)
    if (over.length > 0) drop(over)
    return found.length === batch ? found.at(-1).token : undefined
  })

  // A token may have got another text since it was looked at.
  function drop(tokens) {
    const still = `select x.token from pw_texts x where x.token in (select value from json_each(?)) and ${isOver}`
    remove ??= db.transaction((list) => {
      db.prepare(`delete from pw_text where rowid in (${still})`).run(list)
      db.prepare(`delete from pw_texts where token in (${still})`).run(list)
    }).immediate
    remove(JSON.stringify(tokens))
  }
}
