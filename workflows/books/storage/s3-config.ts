import { z } from 'zod'

// Of a longer time Node makes a timer of 1 ms.
const Ms = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

/** How to reach a bucket; the keys come from the environment, never from a config file. */
export const S3Config = z.object({
  endpoint: z.url(),
  bucket: z.string().min(1),
  region: z.string().min(1).default('us-east-1'),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  /** Milliseconds that one request may take. */
  timeoutMs: Ms.default(3_600_000),
  /** Milliseconds that a request may stand still: that the server takes no more of a file, or does not answer. */
  stallMs: Ms.default(60_000),
  /**
   * The size of parts, in bytes: from 5 MiB, less than which S3 does not take, to 5 GiB; 64 MiB by default. A larger file
   * is sent in parts, of more bytes where 10,000 of these are not enough.
   */
  partBytes: z
    .number()
    .int()
    .min(5 * 2 ** 20)
    .max(5 * 2 ** 30)
    .default(64 * 2 ** 20),
})
export type S3Config = z.output<typeof S3Config>

/** Reads `PIPEWRIGHT_S3_ENDPOINT`, `_BUCKET`, `_REGION`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; throws a sentence that names what is missing. */
export function s3ConfigFrom(env: Readonly<Record<string, string | undefined>>): S3Config {
  const { PIPEWRIGHT_S3_ENDPOINT: endpoint, PIPEWRIGHT_S3_BUCKET: bucket, PIPEWRIGHT_S3_REGION: region } = env
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  const parsed = S3Config.safeParse({ endpoint, bucket, region, accessKeyId, secretAccessKey })
  if (parsed.success) return parsed.data
  const fields = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))].join(', ')
  throw new Error(`The S3 storage is not configured: ${fields} missing or wrong in the environment.`)
}
