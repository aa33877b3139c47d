import { parse } from 'node-html-parser'
import { expect, it } from 'vitest'
import { html } from '../../src/page/html.ts'
import { reportPage } from '../../src/page/report-page.ts'
import { makeReporter } from '../../src/run/report/reporter.ts'
import type { Summary } from '../../src/run/report/summary.ts'
import { openUsual } from '../on/open.ts'

const hostile = `<script>alert(1)</script>"'\`&amp;<img src=x onerror=alert(2)>\u202e\u0000`
const at = '2030-01-02T12:30:00.000Z'

const full: Summary = {
  ...{ at, since: '2030-01-01T00:00:00.000Z', countedSince: '2030-01-01T06:00:00.000Z' },
  workflows: [hostile],
  days: ['2030-01-01', '2030-01-02'].map((day, n) => ({
    ...{ day, entered: 1000 * n, finished: 7, finishedFrom: { [hostile]: 7 }, failedAttempts: 3 },
    ...{ failedToDesk: 2, decided: 1, dead: 1, cancelled: 0, discarded: 0 },
  })),
  queues: [
    {
      ...{ queue: hostile, workflow: hostile, role: 'review', ready: 12345, leased: 0, delayed: 0 },
      ...{ waiting: 0, dead: 1, oldest: at },
    },
  ],
  desks: [{ queue: hostile, count: 3, exact: false, classes: [{ class: hostile, count: 3 }] }],
  dead: [{ queue: hostile, count: 1, exact: true, classes: [{ class: hostile, count: 1 }] }],
  finished: [{ queue: hostile, count: 1, exact: true, classes: [{ class: hostile, count: 1 }] }],
  failures: [
    {
      ...{ queue: hostile, kind: 'timeout', name: hostile, code: hostile, class: hostile, times: 4 },
      ...{ gaveUp: 2, last: at, example: hostile, exampleId: hostile },
    },
  ],
  otherFailures: 9,
  stages: [{ queue: hostile, done: 4, failedAttempts: 0, wait: { p50: 5, p99: 90_000 }, workMs: 4000 }],
  journeys: {
    finished: [{ id: hostile, workflow: hostile, entered: at, tookMs: 5_400_000 }],
    underWay: [{ id: hostile, workflow: hostile, entered: at, tookMs: 10, queue: hostile }],
    lookedAt: { finished: 200, underWay: 10 },
  },
  gates: [
    {
      ...{ gate: hostile, key: hostile, why: 'closed', actor: hostile, reason: hostile, since: at },
      ...{ until: at, waitingSince: at, queues: [hostile] },
    },
  ],
}

it('has no element, attribute or script that texts of tokens have made', () => {
  const page = reportPage(full, {
    title: hostile,
    sections: [{ title: hostile, facts: { [hostile]: hostile } }],
  })
  const root = parse(page)
  expect(root.querySelectorAll('script, img, iframe, link, [onerror], [src], [href]')).toEqual([])
  const known =
    'html head meta title style body header h1 h2 p main div table caption thead tbody tr th td time svg rect bdi'
  const tags = new Set(root.querySelectorAll('*').map(({ rawTagName }) => rawTagName))
  expect([...tags].filter((tag) => !known.split(' ').includes(tag))).toEqual([])
  const attributes = new Set(
    root.querySelectorAll('body *').flatMap((each) => Object.keys(each.rawAttributes)),
  )
  const plain = 'class scope datetime role aria-label tabindex width height viewBox aria-hidden focusable x'
  expect([...attributes].filter((name) => !plain.split(' ').includes(name))).toEqual([])
  expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
})

it('has a table with a caption and headings for each section, and times that programs can read', () => {
  const root = parse(reportPage(full))
  const tables = root.querySelectorAll('table')
  expect(tables).toHaveLength(10)
  for (const table of tables) {
    expect(table.querySelector('caption')!.text).not.toBe('')
    const columns = table.querySelectorAll('thead th[scope=col]')
    for (const row of table.querySelectorAll('tbody tr')) {
      expect(row.querySelectorAll('th[scope=row]')).toHaveLength(1)
      expect(row.childNodes).toHaveLength(columns.length)
    }
  }
  for (const time of root.querySelectorAll('time'))
    expect(Date.parse(time.getAttribute('datetime')!)).not.toBeNaN()
  const text = root.querySelector('main')!.text
  for (const said of [
    '12,345',
    '1.5 h',
    'at least',
    '9 failures of other classes',
    'from 2030-01-01 06:00 on only',
  ])
    expect(text).toContain(said)
})

it('stands on its own: nothing is loaded, and styles know the night and paper', () => {
  const page = reportPage(full)
  expect(page).not.toMatch(/undefined|false<|>false/)
  expect(page).toContain(`default-src 'none'`)
  expect(page.replaceAll('http-equiv', '')).not.toMatch(/https?:|url\(|@import/)
  expect(page).toContain('prefers-color-scheme: dark')
  expect(page).toContain('@media print')
})

it('says so where there is nothing', async () => {
  const summary = await makeReporter({ backend: await openUsual(), now: () => Date.parse(at) })()
  const root = parse(reportPage(summary))
  expect(root.querySelector('h1')!.text).toBe('Report')
  const text = root.querySelector('main')!.text
  for (const said of ['All queues are empty.', 'Nothing has failed.', 'Every gate lets something through.'])
    expect(text).toContain(said)
  expect(root.querySelectorAll('tbody tr')).toHaveLength(7)
})

it('escapes all that is put into a template but what is HTML', () => {
  expect(html`<p title="${'"'}">${['<', html`<b>`, 1, undefined]}</p>`.text).toBe(
    '<p title="&quot;">&lt;<b>1</p>',
  )
})
