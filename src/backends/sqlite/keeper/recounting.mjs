// Recounting queues, for keeper-thread.mjs; plain JavaScript, as that is. Every transaction changes the table of counts by what
// it does; a row that is edited by hand, or changed by an older version of this package, passes it by.
import { openDatabase } from '../file/open-database.mjs'

const firstMs = 10_000
const leastRestMs = 60_000
/** The rest after a round, in proportion to what it has cost: it takes 1 % of a processor at most. */
const restForWork = 100
const batch = 20_000
const sliceMs = 10
const resting = ['ready', 'delayed', 'waiting', 'dead']

const inLine = `queue = @queue and status is not 'leased' and status = @status`
const group = 'lane, suspect, priority'
const inGroup = `${inLine} and lane = @lane and suspect = @suspect and priority = @priority and token > @token`

/**
 * Makes a function that recounts the queues of the file at `path`, and puts right in `db` what is wrong. Each call works for a
 * moment and returns whether there is more to do now; after a round it rests, until `at` is over or `hurry` is called. A queue
 * is counted in one snapshot, over several calls, by a connection of its own: what is missing in the counts of that snapshot is
 * missing in those of now, since all changes since have been added to both. If another process has put it right meanwhile,
 * `checks` is another, and nothing is changed.
 */
export function makeRecounter(db, path, now) {
  const refs = db.prepare('select ref from pw_queues order by ref').pluck()
  const put = db.prepare(
    `update pw_counts set ready = ready + @ready, leased = leased + @leased, delayed = delayed + @delayed,
       waiting = waiting + @waiting, dead = dead + @dead, entered = entered + max(0, @more), left = left + max(0, -@more), checks = checks + 1
     where queue = @queue and checks = @checks`,
  )
  const add = db.prepare('insert or ignore into pw_counts (queue) values (?)')
  let nextAt = now + firstMs
  let spentMs = 0
  let round
  let wanted = false

  return { step, hurry, close }

  function step(now) {
    if (!round && now < nextAt && !wanted) return false
    const startedAt = performance.now()
    if (!round) wanted = false
    round ??= recount(path, refs.all(), mend)
    let isOver
    do isOver = round.next().done
    while (!isOver && performance.now() - startedAt < sliceMs)
    spentMs += performance.now() - startedAt
    if (!isOver) return true
    round = undefined
    nextAt = now + Math.max(leastRestMs, restForWork * spentMs)
    spentMs = 0
    return wanted
  }

  /** Begins a round at the next call, or after the one that is under way. */
  function hurry() {
    wanted = true
  }

  function close() {
    round?.return()
  }

  function mend(queue, counted, found) {
    const wrong = Object.fromEntries(
      Object.keys(found).map((status) => [status, found[status] - counted[status]]),
    )
    if (Object.values(wrong).every((each) => each === 0)) return
    const more = Object.values(wrong).reduce((sum, each) => sum + each, 0)
    add.run(queue)
    put.run({ queue, ...wrong, more, checks: counted.checks })
  }
}

const none = { ready: 0, leased: 0, delayed: 0, waiting: 0, dead: 0, checks: 0 }

function* recount(path, refs, mend) {
  const reader = openDatabase(path, { readonly: true })
  try {
    const counts = reader.prepare(
      'select ready, leased, delayed, waiting, dead, checks from pw_counts where queue = ?',
    )
    const leased = reader
      .prepare(`select count(*) from pw_tokens where status = 'leased' and queue = ?`)
      .pluck()
    const next = reader.prepare(
      `select ${group} from pw_tokens where ${inLine} and (${group}) > (@lane, @suspect, @priority) order by ${group} limit 1`,
    )
    const nth = reader
      .prepare(`select token from pw_tokens where ${inGroup} order by token limit 1 offset ${batch - 1}`)
      .pluck()
    const rest = reader.prepare(`select count(*) from pw_tokens where ${inGroup}`).pluck()
    for (const queue of refs) {
      reader.exec('begin')
      const counted = counts.get(queue) ?? none
      const found = { leased: leased.get(queue), ready: 0, delayed: 0, waiting: 0, dead: 0 }
      for (const status of resting) {
        let place = { queue, status, lane: -1, suspect: 0, priority: 0 }
        for (let each = next.get(place); each; each = next.get(place)) {
          place = { ...place, ...each }
          let token = 0
          for (let last = nth.get({ ...place, token }); last; last = nth.get({ ...place, token })) {
            found[status] += batch
            token = last
            yield
          }
          found[status] += rest.get({ ...place, token })
        }
      }
      reader.exec('commit')
      mend(queue, counted, found)
      yield
    }
  } finally {
    reader.close()
  }
}
