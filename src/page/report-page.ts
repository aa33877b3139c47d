import type { Summary } from '../run/report/summary.ts'
import { type Html, html } from './html.ts'
import { daysSection, failuresSection, gatesSection, queuesSection, stagesSection } from './sections.ts'
import { style } from './style.ts'
import { table } from './table.ts'
import { sayNumber, sayTime } from './words.ts'

/** What an app says on its page beside the summary. */
export interface ReportMore {
  /** Of the page; by default `Report`, with the names of the workflows. */
  readonly title?: string | undefined
  /** A table each, before those of the summary. */
  readonly sections?: readonly ReportSection[] | undefined
}

/** A table of facts. */
export interface ReportSection {
  readonly title: string
  /** By what they are called. A number gets its thousands apart, a text stands as it is. */
  readonly facts: Readonly<Record<string, string | number>>
}

/**
 * A page of `summary`: HTML without scripts, which asks for nothing, and can be sent or printed. Whatever tokens, people and errors say
 * is escaped.
 */
export function reportPage(summary: Summary, { title, sections = [] }: ReportMore = {}): string {
  const { at, since, workflows } = summary
  const heading = title ?? ['Report', workflows.join(', ')].filter((part) => part !== '').join(': ')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>${heading}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<p class="faint">As it was at ${sayTime(at)}; days and totals since ${sayTime(since)}. All times are UTC.</p>
</header>
<main>
${sections.map(factsSection)}${[daysSection, queuesSection, gatesSection, failuresSection, stagesSection].map((section) => section(summary))}</main>
</body>
</html>
`.text
}

function factsSection({ title, facts }: ReportSection): Html {
  const columns = [
    { title: 'What', cell: ([name]: readonly [string, string | number]) => name },
    {
      title: 'How much',
      numeric: true as const,
      cell: ([, fact]: readonly [string, string | number]) =>
        typeof fact === 'number' ? sayNumber(fact) : fact,
    },
  ]
  return html`<h2>${title}</h2>
${table(title, Object.entries(facts), { columns, none: 'Nothing is known of it.' })}`
}
