import assert from 'node:assert/strict'
import type { GateState } from '../../queue/gate.ts'
import { messagesIn } from '../../queue/queue-count.ts'
import type { Row } from '../../queue/rows.ts'
import { isClosedAt } from '../../queue/rules/gate.ts'
import { gateStateOf } from '../../queue/rules/show-gate.ts'
import { hasPhrases, phrasesOf, wordsOf } from '../../queue/text.ts'
import type { Fixture } from '../backend-suite/fixture.ts'
import type { Model } from './model.ts'
import { ofKey, standsOf } from './model-gates.ts'
import { compareMarks } from './model-marks.ts'
import type { Moment } from './presence.ts'
import { expire, type Presence } from './presence.ts'

/**
 * Asserts that `queues` hold what the model says: no token in two of them or in none, no count that is wrong. Messages that
 * the backend has made ready, as it may, are ready in the model too afterwards.
 */
export async function compare(
  { backend }: Fixture,
  model: Model,
  { queues, moment }: { readonly queues: readonly string[]; readonly moment: Moment },
): Promise<void> {
  const counts = await backend.count()
  assert.deepEqual(counts.map(({ queue }) => queue).sort(), [...queues].sort())
  for (const count of counts) {
    const { queue, ready, leased, delayed, dead, waiting, paused } = count
    const empty = messagesIn(count) + model.in(queue).length === 0
    const { rows } = empty ? { rows: [] } : await backend.list(queue)
    const found = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }
    for (const { status } of rows) found[status]++
    assert.deepEqual({ ready, leased, delayed, dead, waiting }, found, `the counts of "${queue}"`)
    assert.equal(paused, isClosedAt(model.gates.of(queue), moment.now), `whether "${queue}" is paused`)
    assert.deepEqual(
      rows.map(({ id }) => id).sort(),
      model
        .in(queue)
        .map(({ id }) => id)
        .sort(),
    )
    await compareTexts(backend, model, queue)
    for (const row of rows) {
      compareRow(row, model.find(queue, row.id)!, moment)
      compareMarks(row, model.find(queue, row.id)!, model.rev(queue, row.id))
      if (row.status === 'ready' && !hasLapsed(row)) model.promote(queue, row.id, moment)
    }
  }
}

// A backend may wait with making a message ready until it is leased, though it shows it as ready. Then its fence may
// still hold, so what the backend has not made ready must not be so in the model.
function compareRow(row: Row, known: Presence, moment: Moment): void {
  const { id, hop, priority, parent, traceparent, attempts, crashes, suspect } = expire(known, moment)
  const wanted = expire(known, moment).status
  if (hasLapsed(row))
    assert.notEqual(known.status, 'ready', `whether "${id}", whose time has come, has been made ready`)
  assert.equal(row.status, wanted, `the status of "${id}"`)
  const same = { id, hop, priority, parent, traceparent, depth: known.depth }
  assert.deepEqual({ ...pick(row), depth: row.frames.length }, same)
  if (row.status === 'ready') assert.deepEqual([row.owner, row.progress], [undefined, undefined])
  if (hasLapsed(row) && row.leaseLeftMs !== undefined) return
  assert.deepEqual(
    [row.attempts, row.crashes, row.suspect],
    [attempts, crashes, suspect],
    `attempts, crashes and suspicion of "${id}"`,
  )
  if (wanted === 'leased') {
    assert.deepEqual(
      [row.owner, row.lease, row.leaseLeftMs],
      [known.owner, known.lease, known.until - moment.elapsed],
    )
    assert.equal(row.progress?.fraction, known.fraction)
  }
  if (wanted === 'delayed' || wanted === 'waiting') assert.equal(row.dueAt, known.due)
}

/** Whether the time of a row that is shown as ready has come, and the backend has not made it ready yet. */
function hasLapsed({ status, leaseLeftMs, dueAt }: Row): boolean {
  return status === 'ready' && (leaseLeftMs !== undefined || dueAt !== undefined)
}

function pick({ id, hop, priority, parent, traceparent }: Row) {
  return { id, hop, priority, parent, traceparent }
}

const someTexts = ['torn', 'page 7']

async function compareTexts(backend: Fixture['backend'], model: Model, queue: string): Promise<void> {
  const here = model.in(queue)
  for (const text of here.length === 0 ? [] : someTexts) {
    const { rows } = await backend.list(queue, { only: { text } })
    assert.deepEqual(
      rows.map(({ id }) => id).sort(),
      here
        .filter((each) => each.text !== undefined && hasPhrases(wordsOf(each.text), phrasesOf(text)))
        .map(({ id }) => id)
        .sort(),
      `what is found by "${text}" in "${queue}"`,
    )
  }
}

/** Asserts that the backend has counted all that came to each queue, and left it, and says the same of them as `count`. */
export async function compareTotals({ backend }: Fixture, model: Model): Promise<void> {
  const counts = await backend.count()
  const { queues } = await backend.pulse()
  assert.deepEqual(
    queues.map(({ entered, left, meters, overridden, ...count }) => count),
    counts,
    'the counts of the pulse',
  )
  for (const { queue, entered, left, overridden = [], ...count } of queues) {
    assert.deepEqual({ entered, left }, model.totals.of(queue), `what has come to "${queue}", and left`)
    assert.equal(messagesIn(count), entered - left)
    assert.deepEqual(
      overridden.map((each) => each.overridden),
      standsOf(queue)
        .map(({ gate }) => plain(model.gates.overridden(gate)))
        .filter((each) => Object.keys(each).length > 0),
      `what was set at the gates of "${queue}"`,
    )
  }
}

/** Asserts that the gates are as in the model, and that each is held by what leased messages have paid and tokens hold. */
export async function compareGates({ backend }: Fixture, model: Model, { now }: Moment): Promise<void> {
  const found = new Map((await backend.gates()).map((each) => [ofKey(each.name, each.key ?? ''), each]))
  const units = [...[...model.here.values()].map(({ paid }) => paid), ...model.gates.holds]
  for (const name of new Set([...found.keys(), ...units.flatMap((each) => Object.keys(each))])) {
    const held = units.reduce((sum, each) => sum + (each[name] ?? 0), 0)
    const wanted = gateStateOf({ name, key: '', gate: model.gates.of(name) }, { now, queues: [] })
    const state = found.get(name)
    if (state) {
      const { overridden = {}, ...others } = state
      assert.deepEqual({ ...others, queues: [] }, { ...wanted, ...pickSettings(state) }, `the gate "${name}"`)
      assert.deepEqual(overridden, plain(model.gates.overridden(name)), `what was set at the gate "${name}"`)
    }
    assert.equal(state?.held ?? 0, held, `what is held at the gate "${name}"`)
  }
}

// What was declared is not what is compared.
function pickSettings({ name, key, limit, rate, breaker }: GateState): Partial<GateState> {
  return plain({ name, key, limit, rate, breaker })
}

function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

/** Asserts that the backend has the records that the model has, whose revisions are known to the model afterwards. */
export async function compareRecords({ backend }: Fixture, model: Model, moment: Moment): Promise<void> {
  const since = model.records.rev
  for (const scope of model.records.scopes) {
    const found = await backend.records(scope)
    // What a backend remembers so that nothing happens twice, as over HTTP, is no record of a caller's.
    const records = found.records.filter(({ key }) => !key.startsWith('once/'))
    const wanted = [...(model.isScope(scope) ? model.records.of(scope, moment) : [])].sort((a, b) =>
      a.key < b.key ? -1 : 1,
    )
    assert.deepEqual(
      records.map(({ key, value, endsAt }) => ({ key, value, until: endsAt })),
      wanted.map(({ key, value, until }) => ({ key, value, until })),
      `the records of ${JSON.stringify(scope)}`,
    )
    for (const [i, { rev }] of records.entries()) {
      const known = wanted[i]!
      if (known.rev === undefined) assert.ok(rev > since, `the revision ${rev} is not a new one`)
      else assert.equal(rev, known.rev, 'the revision of a record that has not changed')
      model.records.learn(known, rev)
    }
  }
}

/** Asserts that the journey of `id` says where the token is, whether it has finished, and what of its past is remembered. */
export async function compareJourney(
  { backend }: Fixture,
  model: Model,
  at: { readonly workflow: string; readonly queue: string; readonly id: string },
): Promise<void> {
  const journey = await backend.journey(at.workflow, at.id, { limit: 10_000, values: true })
  assert.equal(journey !== undefined, model.knows(at.queue, at.id), `whether "${at.id}" is known`)
  if (!journey) return
  const last = new Map(journey.lines.map((line) => [line.hop, line]))
  for (const line of journey.lines) {
    const { hop, value, frames } = line
    const kept = last.get(hop) === line ? model.pastOf(at.queue, at.id, hop) : undefined
    const wanted = kept ? [{ tag: kept.tag }, kept.depth] : [undefined, undefined]
    assert.deepEqual([value, frames?.length], wanted, `what is remembered of hop ${hop} of "${at.id}"`)
  }
  const here = model.find(at.queue, at.id)
  assert.equal(journey.queue, here?.queue)
  const finished = here === undefined || here.queue === 'done'
  if (here?.finished && !finished) return
  assert.equal(journey.finishedAt !== undefined, finished, `whether "${at.id}" has finished`)
}
