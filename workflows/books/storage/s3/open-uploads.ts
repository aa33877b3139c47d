import { documentIn, failed, type S3Answer } from './answer.ts'
import type { S3Requests } from './requests.ts'
import { textIn } from './xml.ts'

/** Servers that cannot list uploads refuse to, or list files. There, only a rule of the bucket removes what was left. */
const isUnable = ({ status, xml }: S3Answer) =>
  [405, 501].includes(status) || xml?.name === 'ListBucketResult'

/**
 * Aborts all uploads to a key that are open: what processes that were killed have left of them. One that goes on in a
 * process that has lost its lease fails by this. S3 keeps, and has paid, the parts of an upload until it is aborted.
 */
export async function abortOpenUploads(request: S3Requests, key: string): Promise<void> {
  const asked = { action: 'ListMultipartUploads', key } as const
  const answer = await request({ ...asked, query: { uploads: '', prefix: key } })
  if (isUnable(answer)) return
  // The first 1,000 are all: keys come in order, and the first is that which is the prefix.
  for (const upload of documentIn(asked, answer, 'ListMultipartUploadsResult').children) {
    const uploadId = textIn(upload, 'UploadId')
    if (upload.name !== 'Upload' || textIn(upload, 'Key') !== key || uploadId === undefined) continue
    const aborting = { action: 'AbortMultipartUpload', key } as const
    const aborted = await request({ ...aborting, query: { uploadId } })
    if (!aborted.ok && aborted.status !== 404) throw failed(aborting, aborted)
  }
}
