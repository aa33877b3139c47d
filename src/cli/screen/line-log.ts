import { escapeControls } from '../../app/escape-controls.ts'
import { faultOf } from '../../queue/fault.ts'
import { hidePasswords, shorten } from '../../queue/hide-passwords.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { isError } from '../../queue/thrown.mjs'
import type { Log } from '../../run/log.ts'
import type { Style } from './terminal.ts'

/** How loud a line is. */
export type Level = keyof Log

/** One line of a log. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly process: string
  readonly level: Level
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** All of them, the loudest last. */
export const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
const maxValueLength = 2000
const maxStackLength = 10_000

/** Whether a line of `level` is as loud as `least`, or louder. */
export function isLoud(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least)
}

/** A `Log` that calls `write` with each line of `process` that is as loud as `least` (by default `info`). */
export function lineLog(options: {
  readonly process: string
  readonly write: (line: LogLine) => void
  readonly least?: Level
}): Log {
  const { process, write, least = 'info' } = options
  const at = (level: Level) => {
    if (!isLoud(level, least)) return () => {}
    return (message: string, fields: Record<string, unknown> = {}) =>
      write({ at: Date.now(), process, level, message, fields })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** `line` as one line of JSON, without the passwords of URLs. */
export function jsonLine(line: LogLine): string {
  const { at, process, level, message, fields } = line
  const head = { time: new Date(at).toISOString(), process, level, message }
  try {
    return JSON.stringify({ ...fields, ...head }, plain)
  } catch {
    // Something circular, or a bigint: its text is better than no line.
    const texts = Object.entries(fields).map(([key, value]) => [key, String(value)])
    return JSON.stringify({ ...Object.fromEntries(texts), ...head }, plain)
  }
}

// Errors, which JSON would empty, and texts without passwords. Each text by itself: in the JSON of a whole line, quoted
// text may look like a password with a quote in it.
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'string') return hidePasswords(value)
  if (isError(value)) return faultOf(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const keys = Object.keys(value)
  if (!keys.some((key) => key.includes('://'))) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [hidePasswords(key), each]))
}

/** Reads back what `jsonLine` wrote; undefined for anything else. */
export function parseLine(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const { time, process, level, message, ...fields } = JSON.parse(text)
    const at = Date.parse(time)
    const known = !Number.isNaN(at) && levels.includes(level) && typeof message === 'string'
    return known ? { at, process: String(process), level, message, fields } : undefined
  } catch {
    return undefined
  }
}

const styles: Partial<Record<Level, Style>> = { debug: 'dim', warn: 'yellow', error: 'red' }

/**
 * `line` for people: `12:00:01 worker-1 info Stamped. id=17 queue=letters/stamp`, without the passwords of URLs. Its
 * `stack` follows in lines of its own.
 */
export function plainLine(line: LogLine, paint: (style: Style, text: string) => string): string {
  const time = new Date(line.at).toTimeString().slice(0, 8)
  const { stack, ...rest } = line.fields
  const shown = Object.entries(typeof stack === 'string' ? rest : line.fields)
  const fields = shown
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${escapeControls(hidePasswords(key))}=${sayValue(value)}`)
  const style = styles[line.level]
  const level = style ? paint(style, line.level) : line.level
  const head = `${paint('dim', time)} ${escapeControls(line.process)} ${level}`
  return `${head} ${escapeControls(hidePasswords(line.message))}${paint('dim', fields.join(''))}${below(stack, paint)}`
}

function below(stack: unknown, paint: (style: Style, text: string) => string): string {
  if (typeof stack !== 'string') return ''
  const lines = shorten(stack, maxStackLength).split('\n')
  return lines.map((line) => `\n${paint('dim', `    ${escapeControls(line)}`)}`).join('')
}

function sayValue(value: unknown): string {
  const text = textOf(value)
  const safe = escapeControls(shorten(text, maxValueLength))
  const isText = typeof value === 'string' || isError(value)
  return isText && /[\s"=]|^$/.test(safe) ? `"${safe.replaceAll('"', '\\"')}"` : safe
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return isError(value) ? sayBriefly(value) : (jsonOf(value) ?? String(value))
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, plain)
  } catch {
    return undefined
  }
}
