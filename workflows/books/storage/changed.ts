import { Defect } from '../defect.ts'
import type { Upload } from './storage.ts'

/** The defect of a file whose bytes are not those that were hashed; `how` says what they are. */
export function changed(
  key: string,
  { sha256 }: Pick<Upload, 'sha256'>,
  how: string,
  actual = 'nothing',
): Defect {
  const sentence = `${key} is not what it was when it was hashed: ${how}.`
  return new Defect('OperationFailed', sentence, { file: key, actual, expected: sha256 })
}
