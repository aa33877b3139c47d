interface Action {
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** The rights that it needs, as S3 calls them. */
  readonly rights: string
}

/*
 * What is asked of S3. A request about a whole object is called by its method, as anyone would; the others by the names
 * that they have in the documentation of S3 and in its logs.
 */
export const actions = {
  // Without the right to list, S3 answers a HEAD of what is not there with 403 too.
  HEAD: { method: 'HEAD', rights: 's3:GetObject and s3:ListBucket' },
  PUT: { method: 'PUT', rights: 's3:PutObject' },
  DELETE: { method: 'DELETE', rights: 's3:DeleteObject' },
  CreateMultipartUpload: { method: 'POST', rights: 's3:PutObject' },
  UploadPart: { method: 'PUT', rights: 's3:PutObject' },
  CompleteMultipartUpload: { method: 'POST', rights: 's3:PutObject' },
  AbortMultipartUpload: { method: 'DELETE', rights: 's3:AbortMultipartUpload' },
  ListMultipartUploads: { method: 'GET', rights: 's3:ListBucketMultipartUploads' },
} satisfies Readonly<Record<string, Action>>

export type S3Action = keyof typeof actions
