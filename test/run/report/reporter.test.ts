import { describe, expect, it, onTestFinished } from 'vitest'
import { makeReporter } from '../../../src/run/report/reporter.ts'
import {
  entering,
  Fixture,
  fenceOf,
  moving,
  postponing,
  someFault,
  workflow,
} from '../../../src/testing/backend-suite/fixture.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openersOf } from '../../on/open.ts'

const minute = 60_000
const hour = 60 * minute
const done = (tag: string) => ({ tag })

describe.each(Object.entries(openersOf('memory', 'sqlite')))('a report of %s', (_, openBackend) => {
  async function open() {
    const clock = new FakeClock()
    const backend = await openBackend({ clock })
    onTestFinished(() => backend.close())
    const fixture = new Fixture({ backend, reopen: undefined } as never, clock)
    await fixture.declare()
    const report = makeReporter({ backend, now: () => clock.now(), days: 3 })
    return { clock, backend, fixture, report }
  }

  async function failToDesk(fixture: Fixture, id: string, message: string) {
    const [leave, arrive] = moving(await fixture.leaseOne('first', { ids: [id] }), 'desk')
    await fixture.backend.commit([
      { ...leave!, event: 'failed', error: { ...someFault, message } } as never,
      arrive!,
    ])
  }

  it('has the days in UTC, and what happened on each of them', async () => {
    const { clock, backend, fixture, report } = await open()
    // The clock stands at midnight.
    await clock.advance(24 * hour - minute)
    for (const id of ['a', 'b', 'c', 'd', 'e']) await fixture.enter(id)
    const [leave, arrive] = moving(await fixture.leaseOne('first', { ids: ['a'] }), 'second')
    await backend.commit([{ ...leave!, workMs: 40 } as never, arrive!])
    await failToDesk(fixture, 'b', 'Page 7 of /srv/books/a is torn.')
    await clock.advance(2 * minute)
    // The next day.
    await failToDesk(fixture, 'c', 'Page 9 of /srv/books/b is torn.')
    await backend.commit([postponing(await fixture.leaseOne('first', { ids: ['d'] }))])
    await backend.commit([
      { kind: 'bury', ...fenceOf(await fixture.leaseOne('first', { ids: ['e'] })), error: someFault },
    ])
    await backend.commit(moving(await fixture.leaseOne('second', { ids: ['a'] }), 'done', done('Bound')))
    const decided = moving(await fixture.leaseOne('desk', { ids: ['b'] }), 'done', done('Pulped'))
    await backend.commit([{ ...decided[0]!, event: 'decided', actor: 'ann' } as never, decided[1]!])
    await backend.commit([
      { kind: 'take', queue: 'desk', id: 'c', event: 'cancelled', actor: 'ann', reason: 'no' },
    ])
    await backend.commit([entering('f')])

    const summary = await report()
    expect(summary.workflows).toEqual([workflow])
    expect(summary.since).toBe('2029-12-31T00:00:00.000Z')
    expect(summary.countedSince).toBe(summary.since)
    const zeros = { entered: 0, finished: 0, finishedFrom: {}, failedAttempts: 0, failedToDesk: 0 }
    const nothing = { ...zeros, decided: 0, dead: 0, cancelled: 0, discarded: 0 }
    expect(summary.days).toEqual([
      { ...nothing, day: '2029-12-31' },
      { ...nothing, day: '2030-01-01', entered: 5, failedAttempts: 1, failedToDesk: 1 },
      {
        ...{ ...nothing, day: '2030-01-02', entered: 1, finished: 2, finishedFrom: { second: 1, desk: 1 } },
        ...{ failedAttempts: 3, failedToDesk: 1, decided: 1, dead: 1, cancelled: 1 },
      },
    ])
    expect(summary.finished).toEqual([
      {
        ...{ queue: 'done', count: 2, exact: true },
        classes: expect.arrayContaining([
          { class: 'Bound', count: 1 },
          { class: 'Pulped', count: 1 },
        ]),
      },
    ])
    expect(summary.dead).toEqual([
      { queue: 'first', count: 1, exact: true, classes: [{ class: 'Error broken: It broke.', count: 1 }] },
    ])
    expect(summary.failures[1]).toMatchObject({
      class: 'Error broken: Page * of * is torn.',
      times: 2,
      gaveUp: 2,
    })
    expect(summary.failures[1]).toMatchObject({
      queue: 'first',
      example: 'Page 9 of b is torn.',
      exampleId: 'c',
    })
    expect(summary.failures[0]).toMatchObject({ class: 'Error broken: It broke.', times: 2, gaveUp: 1 })
    expect(summary.otherFailures).toBe(0)
    expect(summary.stages.find(({ queue }) => queue === 'first')).toMatchObject({ done: 3, workMs: 40 })
    expect(summary.journeys.finished.map(({ id }) => id).toSorted()).toEqual(['a', 'b'])
    expect(summary.journeys.underWay[0]).toMatchObject({ id: 'd', queue: 'first', tookMs: 2 * minute })
  })

  it('reads on where it was, and drops the days that are past', async () => {
    const { clock, backend, fixture, report } = await open()
    await clock.advance(hour)
    await fixture.enter('a')
    await failToDesk(fixture, 'a', 'torn')
    expect((await report()).failures).toMatchObject([{ times: 1 }])
    expect((await report()).failures).toMatchObject([{ times: 1 }])
    await fixture.enter('b')
    await failToDesk(fixture, 'b', 'torn')
    const second = await report()
    expect(second.failures).toMatchObject([{ times: 2, exampleId: 'b' }])
    expect(second).toEqual(await makeReporter({ backend, now: () => clock.now(), days: 3 })())
    for (let n = 0; n < 30; n++) {
      await clock.advance(3 * minute)
      await fixture.enter(`later-${n}`)
      expect((await report()).days).toEqual(
        (await makeReporter({ backend, now: () => clock.now(), days: 3 })()).days,
      )
    }
    expect((await report()).days.at(-1)).toMatchObject({ entered: 32, failedToDesk: 2 })
    await clock.advance(72 * hour)
    const later = await report()
    expect(later.failures).toEqual([])
    expect(later.days.map(({ day }) => day)).toEqual(['2030-01-02', '2030-01-03', '2030-01-04'])
  })

  it('is of one workflow where one is named', async () => {
    const { clock, backend, fixture } = await open()
    await backend.declare({ workflow: 'other', queues: [{ name: 'else', role: 'stage' }], fingerprint: 'v1' })
    await fixture.enter('a')
    await failToDesk(fixture, 'a', 'torn')
    const of = (name: string) => makeReporter({ backend, workflow: name, now: () => clock.now() })()
    expect((await of(workflow)).failures).toHaveLength(1)
    const other = await of('other')
    expect(other.failures).toEqual([])
    expect(other.queues.map(({ queue }) => queue)).toEqual(['else'])
    expect(other.desks).toEqual([])
  })

  it('says what waits at desks by the class of the fault, or by the mark that the workflow makes', async () => {
    const { fixture, report } = await open()
    for (const id of ['a', 'b']) {
      await fixture.enter(id)
      await failToDesk(fixture, id, 'Page 1 is torn.')
    }
    expect((await report()).desks).toEqual([
      {
        queue: 'desk',
        count: 2,
        exact: true,
        classes: [{ class: 'Error broken: Page * is torn.', count: 2 }],
      },
    ])
    await fixture.enter('c', { queue: 'desk', marks: { class: 'torn' } })
    expect((await report()).desks).toEqual([
      { queue: 'desk', count: 3, exact: true, classes: [{ class: 'torn', count: 1 }] },
    ])
  })

  it('says which gates let nothing through, and since when', async () => {
    const { clock, backend, fixture, report } = await open()
    await fixture.enter('a')
    expect((await report()).gates).toEqual([])
    await clock.advance(minute)
    await backend.commit([{ kind: 'gate', name: 'first', closed: true, actor: 'ann', reason: 'Paper.' }])
    await clock.advance(minute)
    expect((await report()).gates).toEqual([
      {
        ...{ gate: 'first', why: 'closed', actor: 'ann', reason: 'Paper.', queues: ['first'] },
        ...{ since: '2030-01-01T00:01:00.000Z', waitingSince: '2030-01-01T00:00:00.000Z' },
      },
    ])
  })

  it('is empty of an empty database', async () => {
    const clock = new FakeClock()
    const backend = await openBackend({ clock })
    onTestFinished(() => backend.close())
    const summary = await makeReporter({ backend, now: () => clock.now(), days: 1 })()
    expect(summary).toMatchObject({ workflows: [], queues: [], failures: [], stages: [], gates: [] })
    expect(summary.days).toHaveLength(1)
  })
})
