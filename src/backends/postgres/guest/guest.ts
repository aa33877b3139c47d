import type { Receipt } from '../../../queue/backend.ts'
import type { Change } from '../../../queue/change.ts'
import { systemClock } from '../../../queue/clock.ts'
import { InvalidError } from '../../../queue/errors.ts'
import { apply } from '../../../queue/rules/apply.ts'
import { Fetched } from '../commit/fetched.ts'
import { locksOf } from '../commit/locks.ts'
import { Needs, NeedsAlone, NeedsZone } from '../commit/needs.ts'
import { needsOf, zonesOfChanges } from '../commit/needs-of.ts'
import { OpenTransaction } from '../commit/open-transaction.ts'
import type { Database, Session } from '../server/database.ts'
import { oneByOne } from '../server/together.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import type { Caller } from './caller.ts'
import { placeSql } from './place.ts'
import { isTransientState, sayGuest, stateOf } from './say-guest.ts'

/** What was done in a transaction of a caller's. */
export interface Done {
  readonly receipt: Receipt
  readonly open: OpenTransaction
  /** The number of that transaction. */
  readonly xid: string
}

interface Found {
  readonly place: string | null
  readonly isolation: string
  readonly xid: string
  readonly pid: number
  readonly now: number
  readonly elapsed: number
  readonly registry: number
}

const maxTries = 100

/**
 * Applies `changes` in the transaction that `caller` has begun, after a savepoint of it. Nothing that is learnt on the way is
 * remembered: it may yet be rolled back. `place` is where the queues are.
 */
export async function commitIn(
  caller: Caller,
  database: Database,
  { changes, place }: { readonly changes: readonly Change[]; readonly place: string },
): Promise<Done> {
  await check(caller, database, place)
  const known = new Needs()
  const zones = new Set<string>()
  let isAlone = false
  const since = performance.now()
  for (let tries = 1; ; tries++) {
    await caller.do('savepoint pw_guest')
    try {
      const done = await attempt(caller, database, { changes, known, zones, isAlone, since })
      await caller.do('release savepoint pw_guest')
      return done
    } catch (error) {
      await takeBack(caller)
      if (error instanceof NeedsAlone) isAlone = true
      else if (error instanceof NeedsZone) zones.add(error.zone)
      else if (isTransientState(stateOf(error)) && tries < maxTries) await pause(tries)
      else throw sayGuest(database, error)
    }
  }
}

/** What is wrong with the transaction is thrown before it has been touched. */
async function check(caller: Caller, database: Database, place: string): Promise<void> {
  const { schema, where } = database
  try {
    // Outside of a transaction there is no savepoint.
    await caller.do('savepoint pw_guest')
    await caller.do('release savepoint pw_guest')
  } catch (error) {
    throw sayGuest(database, error, true)
  }
  const [found] = await caller
    .rows<Pick<Found, 'place' | 'isolation'>>(
      `select ${placeSql} as place, current_setting('transaction_isolation') as isolation`,
      [],
    )
    .catch((error: unknown) => {
      throw sayGuest(database, error)
    })
  const { place: theirs, isolation } = found!
  if (theirs !== place)
    throw new InvalidError(
      `Nothing can enter in that transaction: it is in another database than the queues, which are in the schema "${schema}" of ${where}.`,
    )
  if (isolation !== 'read committed' && isolation !== 'read uncommitted')
    throw new InvalidError(
      `Nothing can enter in that transaction: it is ${isolation.toUpperCase()}, and would see the queues as they were when it began; begin it as READ COMMITTED.`,
    )
}

interface Attempt {
  readonly changes: readonly Change[]
  readonly known: Needs
  readonly zones: Set<string>
  readonly isAlone: boolean
  readonly since: number
}

async function attempt(
  caller: Caller,
  database: Database,
  { changes, known, zones, isAlone, since }: Attempt,
): Promise<Done> {
  const rows: Session['rows'] = (sql, ...values) => caller.rows(sql, values)
  for (const zone of zonesOfChanges(changes, database.names)) zones.add(zone)
  await rows(locksOf(database.schema, { isAlone, zones }))
  const beganAt = systemClock.elapsed()
  const [found] = await rows<Found>(
    `select ${database.times}, registry, pg_backend_pid() as pid, pg_current_xact_id()::text as xid from pw_meta`,
  )
  const { now, elapsed, registry, pid, xid } = found!
  const readNames = (): Promise<QueueNames> => database.namesBy(rows)
  const session: Session = {
    ...{ moment: { now, elapsed }, beganAt, rows, run: (sql) => caller.do(sql), schema: database.schema },
    together: oneByOne,
    queues: registry === database.names.version ? database.names.copy() : await readNames(),
    reread: readNames,
  }
  // Rows of counts of its own: they stay locked until the caller's transaction ends, and no other one must wait for that.
  const reading = { fetched: new Fetched(), hasFetched: false }
  const open = new OpenTransaction({ session, slot: -pid, isAlone, known, zones, since, ...reading })
  await open.expect(needsOf(changes, open.queues))
  const receipt = await open.run((draft) => apply(draft, changes))
  await open.settle()
  return { receipt, open, xid }
}

// Where the connection is lost there is nothing to take back.
async function takeBack(caller: Caller): Promise<void> {
  try {
    await caller.do('rollback to savepoint pw_guest')
    await caller.do('release savepoint pw_guest')
  } catch {}
}

function pause(tries: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, tries < 3 ? 0 : Math.random() * Math.min(50, 2 * tries)),
  )
}
