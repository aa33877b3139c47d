import type {
  Classes,
  DayFigures,
  FailureKind,
  QueueNow,
  ShutGate,
  SlowJourney,
  StageFigures,
  Summary,
} from '../run/report/summary.ts'
import { type Content, type Html, html } from './html.ts'
import { barColumn, type Column, numberColumn, table } from './table.ts'
import { sayDuration, sayNumber, sayTime } from './words.ts'

/** Text of tokens, which may be written in another direction than the page. */
const own = (text: string | undefined): Content => text && html`<bdi>${text}</bdi>`

const queueColumn: Column<{ readonly queue: string }> = { title: 'Queue', cell: ({ queue }) => own(queue) }

/** What happened each day, the newest first. */
export function daysSection({ days, countedSince, since }: Summary): Html {
  const rows = days.toReversed()
  const counts: readonly (readonly [string, (day: DayFigures) => number])[] = [
    ['Failed attempts', (day) => day.failedAttempts],
    ['Failed to a desk', (day) => day.failedToDesk],
    ['Decided', (day) => day.decided],
    ['Became dead', (day) => day.dead],
    ['Cancelled', (day) => day.cancelled],
    ['Discarded', (day) => day.discarded],
  ]
  const columns: readonly Column<DayFigures>[] = [
    { title: 'Day (UTC)', cell: ({ day }) => html`<time datetime="${day}">${day}</time>` },
    barColumn('Entered', rows, (day) => day.entered),
    barColumn('Finished', rows, (day) => day.finished),
    { title: 'Finished from', cell: ({ finishedFrom }) => counted(Object.entries(finishedFrom)) },
    ...counts.map(([title, of]) => numberColumn(title, of)),
  ]
  return html`<h2>Day by day</h2>
${table('Tokens, by day', rows, { columns, none: 'There are no days.' })}${
  countedSince > since &&
  html`<p class="faint">There was so much that decisions, failures, and what became dead, cancelled or discarded were counted from ${sayTime(countedSince)} on only.</p>\n`
}`
}

function counted(entries: readonly (readonly [string, number])[]): Content {
  return entries.map(([name, count], at) => [at > 0 ? ', ' : '', own(name), ` ${sayNumber(count)}`])
}

/** What waits now. */
export function queuesSection({ queues, desks, dead, finished }: Summary): Html {
  const rows = queues.filter((each) => sumOf(each) > 0)
  const statuses = ['ready', 'leased', 'delayed', 'waiting', 'dead'] as const
  const columns: readonly Column<QueueNow>[] = [
    queueColumn,
    { title: 'For', cell: ({ role }) => says[role] },
    barColumn('In all', rows, sumOf),
    ...statuses.map((status) => numberColumn(titles[status], (queue: QueueNow) => queue[status])),
    { title: 'Oldest since', cell: ({ oldest }) => sayTime(oldest) },
  ]
  return html`<h2>What there is now</h2>
${table('Messages, by queue', rows, { columns, none: 'All queues are empty.' })}${[
  classesTable('On desks, by class', desks),
  classesTable('Dead, by class', dead),
  classesTable('In outputs, by state', finished),
]}`
}

const titles = { ready: 'Ready', leased: 'Worked on', delayed: 'Delayed', waiting: 'Waiting', dead: 'Dead' }
const says = {
  ...{ stage: 'a stage', review: 'a desk', output: 'finished', reply: 'replies', standing: 'a poll' },
  inbox: 'an inbox',
}

function sumOf({ ready, leased, delayed, waiting, dead }: QueueNow): number {
  return ready + leased + delayed + waiting + dead
}

function classesTable(caption: string, all: readonly Classes[]): Content {
  const rows = all.flatMap(({ queue, count: whole, classes, exact }) => {
    const others = whole - classes.reduce((sum, { count }) => sum + count, 0)
    const rest = exact && others > 0 ? [{ class: 'all others', count: others }] : []
    return [...classes, ...rest].map((each) => ({ queue, ...each, atLeast: exact ? '' : 'at least' }))
  })
  if (rows.length === 0) return undefined
  const columns: readonly Column<(typeof rows)[number]>[] = [
    queueColumn,
    { title: 'Class', cell: (row) => own(row.class) },
    barColumn('Tokens', rows, ({ count }) => count),
    ...(rows.some(({ atLeast }) => atLeast) ? [{ title: 'Counted', cell: atLeastOf }] : []),
  ]
  return table(caption, rows, { columns, none: '' })
}

const atLeastOf = ({ atLeast }: { readonly atLeast: string }) => atLeast || 'all'

/** Gates that let nothing through. */
export function gatesSection({ gates }: Summary): Html {
  const columns: readonly Column<ShutGate>[] = [
    { title: 'Gate', cell: ({ gate, key }) => own(key === undefined ? gate : `${gate}, key ${key}`) },
    {
      title: 'Why',
      cell: ({ why, actor, reason }) => [
        whys[why],
        actor && [' by ', own(actor)],
        reason && [': ', own(reason)],
      ],
    },
    { title: 'Since', cell: ({ since }) => sayTime(since) },
    { title: 'Until', cell: ({ until }) => sayTime(until) },
    { title: 'What waits came', cell: ({ waitingSince }) => sayTime(waitingSince) },
    { title: 'Queues behind it', cell: ({ queues }) => own(queues.join(', ')) },
  ]
  const none = 'Every gate lets something through.'
  return html`<h2>Gates</h2>
${table('Gates that let nothing through now', gates, { columns, none })}`
}

const whys = {
  ...{ closed: 'closed', full: 'full', rate: 'as fast as it may', broken: 'shut after failures' },
  window: 'not in its hours',
}

/** Failures by class. */
export function failuresSection({ failures, otherFailures }: Summary): Html {
  const columns: readonly Column<FailureKind>[] = [
    queueColumn,
    {
      title: 'Name',
      cell: ({ name, code, kind }) =>
        own([name, code, kind === 'error' ? '' : `(${kind})`].filter(Boolean).join(' ')),
    },
    barColumn('Times', failures, ({ times }) => times),
    numberColumn('Gave up', ({ gaveUp }) => gaveUp),
    { title: 'Last', cell: ({ last }) => sayTime(last) },
    {
      title: 'The last one',
      cell: ({ example, exampleId }) => [exampleId && [own(exampleId), ': '], own(example)],
    },
  ]
  const none = 'Nothing has failed.'
  return html`<h2>Failures</h2>
${table('Failures of these days, by class', failures, { columns, none })}${
  otherFailures > 0 &&
  html`<p class="faint">${sayNumber(otherFailures)} failures of other classes are not shown.</p>\n`
}`
}

/** How slow the stages are. */
export function stagesSection({ stages, journeys }: Summary): Html {
  const rows = stages.filter(({ done, failedAttempts }) => done + failedAttempts > 0)
  const time = (title: string, of: (stage: StageFigures) => number | undefined): Column<StageFigures> => ({
    ...{ title, numeric: true },
    cell: (stage) => sayMs(of(stage)),
  })
  const columns: readonly Column<StageFigures>[] = [
    queueColumn,
    numberColumn('Done', ({ done }) => done),
    numberColumn('Failed attempts', ({ failedAttempts }) => failedAttempts),
    time('Waited, half of them', ({ wait }) => wait?.p50),
    time('Waited, 99 of 100', ({ wait }) => wait?.p99),
    time('Work, half of them', ({ work }) => work?.p50),
    time('Work, 99 of 100', ({ work }) => work?.p99),
    time('All work', ({ workMs }) => workMs),
  ]
  const { finished, underWay, lookedAt } = journeys
  return html`<h2>What takes long</h2>
${table('Stages of these days, the slowest first', rows, { columns, none: 'No stage has done anything.' })}${
  rows.length > 0 && html`<p class="faint">Times of stages are wrong by a factor of two at most.</p>\n`
}${journeysTable(`The slowest of the ${sayNumber(lookedAt.finished)} that have finished last`, finished)}${journeysTable(
  `The oldest under way, of ${sayNumber(lookedAt.underWay)} that have been in their queues for longest`,
  underWay,
)}`
}

function sayMs(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : sayDuration(ms)
}

function journeysTable(caption: string, journeys: readonly SlowJourney[]): Content {
  if (journeys.length === 0) return undefined
  const columns: readonly Column<SlowJourney>[] = [
    { title: 'Token', cell: ({ id }) => own(id) },
    { title: 'Took', numeric: true, cell: ({ tookMs }) => sayDuration(tookMs) },
    { title: 'Entered', cell: ({ entered }) => sayTime(entered) },
    { title: 'Where it is', cell: ({ queue }) => own(queue) },
  ]
  return table(caption, journeys, { columns, none: '' })
}
