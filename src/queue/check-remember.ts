import type { Remember } from './change.ts'
import { isCount } from './check-count.ts'
import { jsonText } from './check-json.ts'
import { aText, excerpt } from './check-text.ts'
import { checkValue, maxValueBytes } from './check-value.ts'
import { isLetterName, maxNameLength } from './check-wait.ts'
import { InvalidError } from './errors.ts'
import { type Step, stepKinds } from './step.ts'

/** Throws an `InvalidError` unless every backend can remember what `change` says. */
export function checkRemember(change: Remember): void {
  const { value, progress, steps = [], reads = [] } = change
  if (progress && !(progress.fraction >= 0 && progress.fraction <= 1))
    throw refused(change, 'The progress', `is ${progress.fraction}; it is a number from 0 to 1`)
  if (value !== undefined) checkValue(value, change)
  const odd = reads.find((seq) => !isCount(seq))
  if (odd !== undefined)
    throw refused(change, 'The number of a letter', `is ${odd}; it is a whole number from 0`)
  if (new Set(reads).size < reads.length) throw refused(change, 'A letter', 'is read twice; it is read once')
  for (const step of steps) checkStep(change, step)
}

/** The value of a step as JSON; undefined for none. Throws an `InvalidError` if it cannot be kept. */
export function stepText(step: Step, at: Pick<Remember, 'queue' | 'id'>): string | undefined {
  return jsonText(step.value, maxValueBytes, (fault) => refusedStep(at, step, fault))
}

function checkStep(change: Remember, step: Step): void {
  const { path, kind, name, hash, deploy, value, failure, at } = step
  if (!isLetterName(path)) throw refusedStep(change, step, `has no path; that is ${aText(maxNameLength)}`)
  if (!stepKinds.includes(kind))
    throw refusedStep(change, step, `is a ${kind}; it is ${stepKinds.join(', ')}`)
  if (!isLetterName(name)) throw refusedStep(change, step, `has no name; that is ${aText(maxNameLength)}`)
  if (hash !== undefined && !Number.isSafeInteger(hash))
    throw refusedStep(change, step, `has the hash ${hash}; it is a whole number`)
  if (!isCount(deploy)) throw refusedStep(change, step, `is of deploy ${deploy}; it is a whole number from 0`)
  if (at !== undefined && !isCount(at))
    throw refusedStep(change, step, `was recorded at ${at}; that is a whole number from 0`)
  if (failure && value !== undefined)
    throw refusedStep(change, step, 'has a value and a failure; it has one of them')
  stepText(step, change)
}

function refusedStep(at: Pick<Remember, 'queue' | 'id'>, { path }: Step, fault: string): InvalidError {
  return refused(at, `The step at ${excerpt(path)}`, fault)
}

function refused({ queue, id }: Pick<Remember, 'queue' | 'id'>, what: string, fault: string): InvalidError {
  return new InvalidError(`${what} of token "${id}" in queue "${queue}" ${fault}.`, { queue, id })
}
