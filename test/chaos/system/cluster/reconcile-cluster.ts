import type { Cluster } from './cluster.ts'
import { children, customerOf, isOdd, limits } from './flow.ts'
import { type Entry, readJournals } from './journal.ts'

const mostFaults = 20

interface End {
  readonly id: string
  readonly queue: string | null
  readonly value: string | null
  readonly outcome: string | null
  readonly status: string | null
  readonly parent: string | null
  readonly hop: number
  readonly token: number
}

interface Line {
  readonly id: string
  readonly hop: number
  readonly event: string
  readonly at: number
  readonly queue: string | null
  readonly target: string | null
}

/** What the whole has come to. */
export interface Reckoning {
  readonly tokens: number
  readonly hops: number
  readonly cancelled: number
  readonly decided: number
  readonly again: number
  /** A sentence for each contradiction between the journals and the database. */
  readonly faults: readonly string[]
}

/** Holds the database against the journals when all has come to its end. */
export async function reconcile(cluster: Cluster): Promise<Reckoning> {
  const { pair } = cluster
  const entries = readJournals(cluster.journals)
  const ends = await pair.sql<End>(
    `select t.id, q.name as queue, t.value, t.outcome, t.status, t.parent, t.hop, t.token::float8 as token
       from pipewright.pw_tokens t left join pipewright.pw_queues q on q.ref = t.queue`,
  )
  const lines = await pair.sql<Line>(
    `select t.id, h.hop, h.event, h.at::float8 as at, q.name as queue, g.name as target from pipewright.pw_history h
       join pipewright.pw_tokens t on t.token = h.token left join pipewright.pw_queues q on q.ref = h.queue
       left join pipewright.pw_queues g on g.ref = h.target order by h.line`,
  )
  const faults = [
    ...checkEntries(entries, ends),
    ...checkEnds(entries, ends, lines),
    ...checkTold(entries, lines),
    ...checkHistory(ends, lines),
    ...checkLimits(cluster, entries, lines),
    ...(await checkBooks(cluster)),
  ]
  const count = (event: string) => entries.filter((entry) => entry.event === event).length
  return {
    tokens: ends.length,
    hops: lines.filter(({ event }) => event === 'moved').length,
    cancelled: ends.filter(({ outcome }) => outcome === 'cancelled').length,
    decided: count('decided'),
    again: count('begin') - lines.filter(({ event }) => event === 'moved').length,
    faults: [
      ...faults.slice(0, mostFaults),
      ...(faults.length > mostFaults ? [`${faults.length} in all`] : []),
    ],
  }
}

// What a caller was told of is there once; what is there was asked for.
function checkEntries(entries: readonly Entry[], ends: readonly End[]): string[] {
  const roots = ends.filter(({ parent }) => parent === null).map(({ id }) => id)
  const there = new Set(roots)
  const of = (event: string) => entries.filter((entry) => entry.event === event)
  const asked = new Set(of('ask').map(({ key }) => key))
  const onceOf = new Map(
    of('ask')
      .filter(({ run }) => run !== '-')
      .map(({ key, run }) => [key, run]),
  )
  const byOnce = new Map<string, string[]>()
  for (const id of roots) {
    const once = onceOf.get(id)
    if (once !== undefined) byOnce.set(once, [...(byOnce.get(once) ?? []), id])
  }
  return [
    ...twice(roots).map((id) => `${id} is there twice`),
    ...of('in')
      .filter(({ key }) => !there.has(key))
      .map(({ key }) => `${key} was told to be in, and is not there`),
    ...roots.filter((id) => !asked.has(id)).map((id) => `${id} was never pushed`),
    ...of('once').flatMap(({ run, key, more }) => {
      const found = byOnce.get(run) ?? []
      if (found.length !== 1)
        return [`of the pushes under ${run} there are ${found.length}: ${found.join(', ')}`]
      return more === 'true' && found[0] !== key
        ? [`${key} was told to have entered under ${run}, and ${found[0]} is there`]
        : []
    }),
    ...[...byOnce]
      .filter(([, ids]) => ids.length > 1)
      .map(([once, ids]) => `under ${once} there are ${ids.join(', ')}`),
  ]
}

const stages = ['check', 'press', 'pack', 'joined', 'sum', 'last', 'bill']

// Each is at the end with one result of each stage, of a run that has ended with it; or it was cancelled, with those of its children that
// had not ended before.
function checkEnds(entries: readonly Entry[], ends: readonly End[], lines: readonly Line[]): string[] {
  const ended = new Map(entries.filter(({ event }) => event === 'end').map((entry) => [entry.run, entry]))
  const cancels = new Set(entries.filter(({ event }) => event === 'cancel').map(({ key }) => key))
  const told = new Set(entries.filter(({ event }) => event === 'cancelled').map(({ key }) => key))
  const lastOf = (id: string) => lines.findLastIndex((line) => line.id === id)
  const cancelOf = (id: string) => lines.findIndex((line) => line.id === id && line.event === 'cancelled')
  return ends.flatMap(({ id, queue, value, outcome, status, parent, hop }) => {
    const root = parent === null ? id : id.split('.')[0]!
    if (outcome === 'cancelled')
      return cancels.has(root) && queue === null ? [] : [`${id} was cancelled, and none has asked for it`]
    if (told.has(root)) {
      const hadEnded = parent !== null && outcome === 'done' && lastOf(id) < cancelOf(root)
      return hadEnded ? [] : [`${root} was told to be cancelled, and ${id} is ${outcome}`]
    }
    if (parent !== null)
      return outcome === null || queue !== null ? [`the child ${id} is in ${queue}, ${status}`] : []
    if (queue !== 'cluster/output' || outcome !== 'done')
      return [`${id} is in ${queue}, ${status}, hop ${hop}`]
    const { runs } = JSON.parse(value!) as { runs: string[] }
    const wanted = isOdd(id) ? [...stages.slice(0, 5), 'decided', ...stages.slice(5)] : stages
    const found = runs.map((run) => (run.includes(':') ? run.split(':')[0] : ended.get(run)?.more))
    if (wanted.join() !== found.join())
      return [`${id} has the results ${runs.join(', ')} of ${found.join(', ')}`]
    const strange = runs.filter((run) => !run.includes(':') && ended.get(run)!.key.split(':')[0] !== id)
    const kids = runs[3]!
      .slice('joined:'.length)
      .split('+')
      .filter((run) => run !== '')
    const odd = kids.filter(
      (run) => ended.get(run)?.more !== 'child' || !ended.get(run)!.key.startsWith(`${id}.`),
    )
    return [
      ...strange.map((run) => `${id} has the result ${run} of another token`),
      ...(kids.length === children(id) && new Set(kids).size === kids.length
        ? []
        : [`${id} has joined ${kids.join(', ')}`]),
      ...odd.map((run) => `${id} has joined ${run}, which is no run of a child of it`),
    ]
  })
}

// What was answered with success is there; what was refused is not.
function checkTold(entries: readonly Entry[], lines: readonly Line[]): string[] {
  const left = new Set(lines.filter(({ event }) => event === 'moved').map(({ id, hop }) => `${id}:${hop}`))
  const told = entries.filter(({ event }) => event === 'told')
  const byKey = new Map<string, Set<string>>()
  for (const { key, run } of told) byKey.set(key, (byKey.get(key) ?? new Set()).add(run))
  return [
    ...told
      .filter(({ key }) => !left.has(key))
      .map(({ key, run }) => `${key} was told to be done by ${run}, and was not left`),
    ...[...byKey]
      .filter(([, runs]) => runs.size > 1)
      .map(([key, runs]) => `${key} was told to be done by ${[...runs].join(' and ')}`),
  ]
}

const leaving = new Set(['moved', 'cancelled', 'edited', 'replaced', 'discarded', 'popped', 'decided'])

// Each stay but the last was left once, for the queue in which the next one is.
function checkHistory(ends: readonly End[], lines: readonly Line[]): string[] {
  const byId = groupBy(lines)
  const known = new Set(ends.map(({ id }) => id))
  return [
    ...lines
      .filter(({ id }) => !known.has(id))
      .map(({ id }) => `there is a line of ${id}, which is not there`),
    ...ends.flatMap((end) => {
      const own = byId.get(end.id) ?? []
      const entered = own.filter(({ event }) => event === 'entered')
      const left = own.filter(({ event }) => leaving.has(event))
      const hops = left.map(({ hop }) => hop)
      const wanted = Array.from({ length: hops.length }, (_, n) => n + (left[0]?.hop ?? 1))
      const isGone = end.queue === null
      return [
        ...(entered.length === 1 ? [] : [`${end.id} has entered ${entered.length} times`]),
        ...(hops.join() === wanted.join() ? [] : [`${end.id} has left its stays ${hops.join()}`]),
        ...((left.at(-1)?.hop ?? 0) === (isGone ? end.hop : end.hop - 1)
          ? []
          : [`${end.id} is at hop ${end.hop}, and has left ${left.at(-1)?.hop}`]),
        ...left
          .slice(1)
          .flatMap((line, n) =>
            left[n]!.target !== null && left[n]!.target !== line.queue
              ? [`${end.id} went from ${left[n]!.queue} to ${left[n]!.target}, and was in ${line.queue}`]
              : [],
          ),
        ...own
          .filter(({ event }) => ['failed', 'died', 'buried'].includes(event))
          .map(({ event, hop }) => `${end.id} has ${event} at hop ${hop}`),
      ]
    }),
  ]
}

function groupBy(lines: readonly Line[]): Map<string, Line[]> {
  const by = new Map<string, Line[]>()
  for (const line of lines) {
    const own = by.get(line.id)
    if (own) own.push(line)
    else by.set(line.id, [line])
  }
  return by
}

interface Span {
  readonly from: number
  readonly to: number
  readonly key: string
  readonly customer: string
}

// A run is over when it has ended, its process has, or its lease has, of which the history tells.
function checkLimits({ members }: Cluster, entries: readonly Entry[], lines: readonly Line[]): string[] {
  const overs = new Map<string, number>()
  for (const { event, run, at } of entries) if (event === 'end' || event === 'failed') overs.set(run, at)
  const deaths = new Map(members.map(({ name, endedAt }) => [name, endedAt ?? Number.POSITIVE_INFINITY]))
  const linesOf = new Map<string, number[]>()
  for (const { id, hop, at } of lines) {
    const key = `${id}:${hop}`
    linesOf.set(key, [...(linesOf.get(key) ?? []), at])
  }
  const spansOf = (stage: string): Span[] =>
    entries
      .filter(({ event, more }) => event === 'begin' && more === stage)
      .map(({ at, key, run }) => ({
        from: at,
        to: Math.min(
          overs.get(run) ?? Number.POSITIVE_INFINITY,
          deaths.get(run.split('.')[0]!) ?? Number.POSITIVE_INFINITY,
          ...(linesOf.get(key) ?? []).filter((line) => line >= at),
        ),
        key,
        customer: customerOf(key.slice(0, key.indexOf(':'))),
      }))
  const press = spansOf('press')
  const pack = spansOf('pack')
  const { units, perMs, burst } = limits.pressRate
  const last = press.at(-1)?.from ?? 0
  const paid = press.length
  const may = burst + ((last - (press[0]?.from ?? 0)) / perMs) * units + limits.press * 10
  return [
    ...over('press', press, limits.press),
    ...over('pack', pack, limits.pack),
    ...[...new Set(pack.map(({ customer }) => customer))].flatMap((customer) =>
      over(
        `pack of ${customer}`,
        pack.filter((span) => span.customer === customer),
        limits.packPerKey,
      ),
    ),
    ...(paid > may ? [`${paid} have begun at the press, where its rate allows ${Math.floor(may)}`] : []),
  ]
}

function over(what: string, spans: readonly Span[], most: number): string[] {
  const steps = spans
    .filter(({ from, to }) => to > from)
    .flatMap((span) => [
      { at: span.from, change: 1, span },
      { at: span.to, change: -1, span },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change)
  const going = new Set<Span>()
  const found: string[] = []
  for (const { at, change, span } of steps) {
    if (change < 0) going.delete(span)
    else if (going.add(span).size > most)
      found.push(
        `at ${new Date(at).toISOString()} ${going.size} were at ${what}: ${[...going].map(({ key, from, to }) => `${key} ${from}-${to}`).join(', ')}`,
      )
  }
  return found
}

// Counts are what is counted anew; nothing is held at gates; no lane is blocked, no lease is left.
async function checkBooks({ pair }: Cluster): Promise<string[]> {
  const wrong = await pair.sql<{ name: string; counted: string; found: string }>(
    `select q.name, c.counted, f.found from pipewright.pw_queues q
       left join lateral (select concat_ws(' ', coalesce(sum(ready), 0), coalesce(sum(leased), 0), coalesce(sum("delayed"), 0),
         coalesce(sum(dead), 0), coalesce(sum(waiting), 0)) as counted from pipewright.pw_counts where queue = q.ref) c on true
       left join lateral (select concat_ws(' ', count(*) filter (where status = 'ready'), count(*) filter (where status = 'leased'),
         count(*) filter (where status = 'delayed'), count(*) filter (where status = 'dead'), count(*) filter (where status = 'waiting')) as found
         from pipewright.pw_tokens where queue = q.ref) f on true where c.counted <> f.found`,
  )
  const flow = await pair.sql<{ name: string; entered: number; left: number; there: number }>(
    `select q.name, coalesce(sum(c.entered), 0)::float8 as entered, coalesce(sum(c."left"), 0)::float8 as left,
       (select count(*) from pipewright.pw_tokens where queue = q.ref)::float8 as there
       from pipewright.pw_queues q left join pipewright.pw_counts c on c.queue = q.ref group by q.ref, q.name`,
  )
  const gates = await pair.sql<{ name: string; key: string; held: string }>(
    'select name, key, held from pipewright.pw_gates where held <> 0',
  )
  const [left] = await pair.sql<{ holds: string; ids: string }>(
    `select (select count(*) from pipewright.pw_holds) as holds,
       (select count(*) from pipewright.pw_ids i full join pipewright.pw_tokens t on t.token = i.token and t.id = i.id and t.workflow = i.workflow
         where i.id is null or t.id is null) as ids`,
  )
  return [
    ...wrong.map(
      ({ name, counted, found }) => `of ${name} the counts are ${counted}, and there are ${found}`,
    ),
    ...flow
      .filter(({ entered, left, there }) => entered - left !== there)
      .map(
        ({ name, entered, left, there }) =>
          `${entered} have entered ${name} and ${left} have left it, and ${there} are there`,
      ),
    ...gates.map(({ name, key, held }) => `gate ${name} ${key} holds ${held}`),
    ...(left!.holds === '0' ? [] : [`${left!.holds} holds are left`]),
    ...(left!.ids === '0' ? [] : [`${left!.ids} ids have no token, or tokens no id`]),
  ]
}

function twice(keys: readonly string[]): string[] {
  const seen = new Set<string>()
  return keys.filter((key) => seen.size === seen.add(key).size)
}
