// Renewing leases, for keeper.ts and keeper-thread.mjs; plain JavaScript, as the latter is.

/** How much of its time a lease has left at least, if nothing is in the way. */
const leftAtLeast = 2 / 3

const given = 'unnest($1::bigint[], $2::integer[], $3::integer[])'
// By a `case`: as a plain condition it lets a planner that knows little of the table read all that is leased.
const same = `t.token = l.token and t.hop = l.hop and t.lease = l.lease and case when t.status = 'leased' then true end`

/**
 * Looks at leases, renews those that would have used a third of their time in `everyMs`, and resolves with the place and the mark of
 * each that is gone. A row that a transaction has in hand is left until the next time: to wait for one would keep all others from theirs.
 * `query` runs a statement in which our names have no schema; `now` is the time of a test's clock, by default it is that of the database.
 * @param {(sql: string, values: unknown[]) => Promise<readonly any[]>} query
 * @param {{ leases: readonly { place: number, mark: number, token: number, hop: number, lease: number }[], everyMs: number, now?: number | undefined }} what
 * @returns {Promise<[place: number, mark: number][]>}
 */
export async function renewAll(query, { leases, everyMs, now }) {
  if (leases.length === 0) return []
  const time = now === undefined ? 'pw_now()' : `${Math.floor(now)}::bigint`
  const found = await query(
    `select l.n::integer as n, t.until < t.deadline and t.until - c.now - $4::double precision < ${leftAtLeast} * t.lease_ms as due
       from ${given} with ordinality as l(token, hop, lease, n) join pw_tokens t on ${same} cross join (select ${time} as now) c`,
    [...columnsOf(leases), everyMs],
  )
  const due = found.filter((each) => each.due).map(({ n }) => leases[n - 1])
  try {
    if (due.length > 0) await renew(query, due, time)
  } catch (error) {
    // The schema is closed, since its queues are moved: then no lease in it is worth anything.
    if (error?.code !== 'PW002') throw error
    return leases.map(({ place, mark }) => [place, mark])
  }
  const held = new Set(found.map(({ n }) => n))
  return leases.flatMap(({ place, mark }, at) => (held.has(at + 1) ? [] : [[place, mark]]))
}

// Where all statements are serializable, as set for the role, one that is refused has its turn at the next look.
async function renew(query, due, time) {
  try {
    await query(
      `update pw_tokens u set until = least(${time} + u.lease_ms, u.deadline) where u.token in
         (select t.token from ${given} as l(token, hop, lease) join pw_tokens t on ${same} for update of t skip locked)`,
      columnsOf(due),
    )
  } catch (error) {
    if (error?.code !== '40001') throw error
  }
}

function columnsOf(leases) {
  return [leases.map(({ token }) => token), leases.map(({ hop }) => hop), leases.map(({ lease }) => lease)]
}
