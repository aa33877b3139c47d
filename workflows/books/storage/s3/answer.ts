import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Defect } from '../../defect.ts'
import { actions, type S3Action } from './actions.ts'
import { readXml, textIn, type XmlElement } from './xml.ts'

/** An answer of S3. */
export interface S3Answer {
  readonly status: number
  /** False for an error too that comes with the status 200. */
  readonly ok: boolean
  /** The code of an error, where it says one. */
  readonly code: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly xml: XmlElement | undefined
}

/** What an answer is to. */
export interface Asked {
  readonly action: S3Action
  readonly key: string
}

/** Reads an answer. That of `CompleteMultipartUpload` begins before S3 knows how it will end. */
export function readAnswer(
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  body: string,
): S3Answer {
  const ok = status >= 200 && status < 300
  const xml = body === '' ? undefined : readXml(body)
  if (xml?.name !== 'Error') return { status, ok, code: undefined, headers, xml }
  const code = textIn(xml, 'Code') ?? ''
  return { status, ok: false, code: /^\w{1,64}$/.test(code) ? code : undefined, headers, xml }
}

/** Whether a condition did not hold, or another write was under way: what is stored now has to be looked at. */
export function isConflict({ status, code = '' }: S3Answer): boolean {
  return [409, 412].includes(status) || ['ConditionalRequestConflict', 'PreconditionFailed'].includes(code)
}

/** The defect of an answer that is not the one hoped for. */
export function failed({ action, key }: Asked, { status, code }: S3Answer): Defect {
  const what = code === undefined ? status : `${status} ${code}`
  const hint = status === 403 ? `; its access key needs the right to it, ${actions[action].rights}` : ''
  const sentence = `The storage answered ${action} ${key} with ${what}${hint}.`
  return new Defect('OperationFailed', sentence, { file: key, actual: status })
}

/** The defect of an answer that says success, and not what comes with it. */
export function incomplete({ action, key }: Asked): Defect {
  const sentence = `The storage's answer to ${action} ${key} is not what S3 answers.`
  return new Defect('OperationFailed', sentence, { file: key })
}

/** The document of an answer of success, which must be one called `name`. */
export function documentIn(asked: Asked, answer: S3Answer, name: string): XmlElement {
  if (!answer.ok) throw failed(asked, answer)
  if (answer.xml?.name !== name) throw incomplete(asked)
  return answer.xml
}
