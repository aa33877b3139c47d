/*
 * What the statements of a turn have in common. `of`, `record` and the like are columns or variables of the statement that they stand in;
 * `at` is the time, `l_...` are the leases, `room` the seats that each of them has left.
 */

/** Whether no record that lasts says that it has happened: by `limit 1`, since `exists` would read all records into a hash. */
export function isUnrecorded(row: string): string {
  return `(${row}.record is null or (select r.rev from pw_records r where r.workflow = ${row}.record_of and r.token = 0 and r.hop = 0
          and r.key = ${row}.record and case when r.until is null or r.until > at then true end limit 1) is null)`
}

/** Keeps such records of `from`, whose rows have `record_of`, `record` and `record_ms`; of one that lasts none. */
export function keepRecords(from: string): string {
  return `insert into pw_records as r (workflow, token, hop, key, rev, until)
        select record_of, 0, 0, record, nextval('pw_revisions'), at + record_ms from ${from} order by record_of, record
        on conflict on constraint pw_records_pkey do update set rev = excluded.rev, value = null, until = excluded.until where r.until <= at`
}

/** The leases that have room, with the last seat of each among those of its queue. */
export const withRoom = `
      select l.*, sum(l.room) over (partition by l.queue order by l.n) as last
        from unnest(l_queue, room, l_owner, l_lease_ms, l_timeout_ms, l_alone) with ordinality
          as l(queue, room, owner, lease_ms, timeout_ms, alone, n) where l.room > 0`

/** The columns of a message that is ready, as the lease `i` makes them. */
export const leasedByI = `status = 'leased', lease = t.lease + 1, due = null, waits = null, missing = null, owner = l_owner[i],
          leased_at = at, until = el + least(l_lease_ms[i], l_timeout_ms[i]), lease_ms = l_lease_ms[i], deadline = el + l_timeout_ms[i],
          alone = l_alone[i]`

/** What is returned of it. */
export const leasedRow = `'leased', i, t.token, t.id, t.hop, t.value, t.frames, t.parent, t.priority, t.deploy, t.lease, t.attempts, t.crashes,
          t.suspect, t.arrived_at`
