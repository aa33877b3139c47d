import type { FastifyReply, FastifyRequest } from 'fastify'
import { sliceOf } from '../archive/content.ts'
import type { Archive } from '../archives.ts'
import { bodyFaults } from '../faults/fault.ts'
import type { Asked } from '../faults/fault-board.ts'
import { sendBody } from '../requests/send-body.ts'
import { byteRange } from './byte-range.ts'
import type { Library } from './library.ts'

/** Answers HEAD and GET of an archive; a GET of its last byte moves the book on. 404 when it is not to be had. */
export async function answerArchive(
  library: Library,
  asked: Asked,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { shelf, faults, archives, hasRanges } = library
  const barcode = asked.of
  const standing = shelf.get(barcode)
  if (standing?.state !== 'CONVERTED' && standing?.state !== 'PREVIOUSLY_DOWNLOADED') {
    reply.code(404).type('text/plain').send(`There is no archive of ${barcode}.\n`)
    return
  }
  const fault = faults.packageFaultOf(barcode)
  const archive = await archives.get({ barcode, edition: standing.edition, fault })
  const { bytes } = archive.content
  const etag = etagOf(archive, library, asked)
  const range = hasRanges ? rangeOf(request, bytes, etag) : undefined
  const headers = {
    'content-type': 'application/octet-stream',
    ...(hasRanges && { 'accept-ranges': 'bytes' }),
    ...(etag !== undefined && { etag }),
  }
  if (asked.on === 'head') {
    reply.headers({ ...headers, 'content-length': bytes }).send()
    return
  }
  if (range === 'unsatisfiable') {
    reply
      .code(416)
      .headers({ ...headers, 'content-range': `bytes */${bytes}` })
      .send()
    return
  }
  const { from, to } = range ?? { from: 0, to: bytes }
  const kind = bodyFaults.find((each) => faults.strikes(each, asked))
  await sendBody(reply, {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': to - from,
      ...(range && { 'content-range': `bytes ${from}-${to - 1}/${bytes}` }),
    },
    chunks: sliceOf(archive.content, from, to).chunks(),
    fault: kind && { kind, afterBytes: (to - from) >> 1 },
    ended: () => {
      if (to === bytes) shelf.downloaded(barcode)
    },
  })
}

function etagOf({ etag }: Archive, { faults }: Library, asked: Asked): string | undefined {
  if (faults.strikes('no-etag', asked)) return undefined
  if (!faults.strikes('changed-etag', asked)) return `"${etag}"`
  return `"${etag.slice(0, 24)}${faults.asked('changed-etag', asked.of).toString(16).padStart(8, '0')}"`
}

/** A range counts only for the archive that the client has begun with. */
function rangeOf({ headers }: FastifyRequest, bytes: number, etag: string | undefined) {
  const condition = headers['if-range']
  if (condition !== undefined && condition !== etag) return undefined
  return byteRange(headers.range, bytes)
}
