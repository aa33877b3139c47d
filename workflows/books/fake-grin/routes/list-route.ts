import type { FastifyReply, FastifyRequest } from 'fastify'
import { bodyFaults } from '../faults/fault.ts'
import { bookLists } from '../lists/book-list.ts'
import { htmlList, unavailablePage } from '../lists/html-list.ts'
import { tsvList } from '../lists/tsv-list.ts'
import { sendBody } from '../requests/send-body.ts'
import type { Library } from './library.ts'
import { queryOf } from './request-subject.ts'

const defaultRows = 100
const mostRows = 10_000
/** Bytes of a list that arrive before something goes wrong with it. */
const soundBytes = 16

/** Answers with a list: text with `format=text`, else a page of HTML. */
export async function answerList(
  library: Library,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const list = bookLists[name]!
  const { format, mode, result_count: count, first } = queryOf(request)
  const asked = { of: name, on: 'list' } as const
  const kind = bodyFaults.find((each) => library.faults.strikes(each, asked))
  const fault = kind && { kind, afterBytes: soundBytes }
  const send = (type: string, chunks: Iterable<Buffer> | AsyncIterable<Buffer>) =>
    sendBody(reply, { status: 200, headers: { 'content-type': `${type}; charset=utf-8` }, chunks, fault })
  if (library.faults.strikes('request-unavailable', asked))
    return send('text/html', [Buffer.from(unavailablePage)])
  if (format === 'text') return send('text/plain', tsvList(library, list, mode === 'all'))
  const rows = Math.min(mostRows, Math.max(1, wholeNumber(count) ?? defaultRows))
  const page = await htmlList(library, list, { name, rows, from: wholeNumber(first) ?? 0 })
  return send('text/html', [Buffer.from(page)])
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
