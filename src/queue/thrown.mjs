// @ts-check
// What was thrown, which may be anything, of any realm: code that `vm` runs and test runners have classes of their
// own, so `instanceof` says nothing of it. Plain JavaScript, since hosts of isolated work and threads load it as it is.
import { isNativeError } from 'node:util/types'

/**
 * What `look` finds out about something that was thrown; undefined if reading it throws.
 * @template T
 * @param {() => T} look
 * @returns {T | undefined}
 */
export function ifReadable(look) {
  try {
    return look()
  } catch {
    return undefined
  }
}

/**
 * The field `name` of something that was thrown; undefined if it has none, or if reading it throws.
 * @param {unknown} thrown
 * @param {string} name
 * @returns {unknown}
 */
export function fieldOf(thrown, name) {
  return ifReadable(() => Object(thrown)[name])
}

/**
 * Whether `value` is an error, of this realm or another.
 * @param {unknown} value
 * @returns {value is Error}
 */
export function isError(value) {
  return isNativeError(value) || isOf(value, 'Error')
}

/**
 * Whether `value` is an object of the class called `name`, or of one that extends it, in this realm or another.
 * @param {unknown} value
 * @param {string} name
 * @returns {boolean}
 */
export function isOf(value, name) {
  if (typeof value !== 'object' || value === null) return false
  return ifReadable(() => prototypesOf(value).some((each) => madeBy(each) === name)) === true
}

/** @param {object} value */
function prototypesOf(value) {
  const found = []
  for (let each = Object.getPrototypeOf(value); each !== null; each = Object.getPrototypeOf(each))
    found.push(each)
  return found
}

/** @param {object} prototype */
function madeBy(prototype) {
  return Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name
}

/**
 * The code of an error, as a text. Some drivers number their errors; the numbers of DOMExceptions are a relic that says
 * less than their names.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  const code = fieldOf(error, 'code')
  if (typeof code === 'string') return code
  return Number.isSafeInteger(code) && !isOf(error, 'DOMException') ? String(code) : undefined
}

/**
 * The text of anything that was thrown: not everything that can be has one.
 * @param {unknown} thrown
 * @returns {string}
 */
export function sayThrown(thrown) {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  const message = fieldOf(thrown, 'message')
  if (typeof message === 'string') return message
  return ifReadable(() => Object.prototype.toString.call(thrown)) ?? 'something that cannot be read'
}
