import type { Tracing } from './tracing.ts'

let loading: Promise<Tracing | undefined> | undefined

/** The tracing of this process; undefined if `@opentelemetry/api` is not installed. Never rejects. */
export function loadTracing(): Promise<Tracing | undefined> {
  loading ??= load()
  return loading
}

async function load(): Promise<Tracing | undefined> {
  try {
    const api = await import('@opentelemetry/api')
    const { makeTracing } = await import('./make-tracing.ts')
    return makeTracing(api)
  } catch {
    // It is optional, and what cannot be loaded must not stop the work.
    return undefined
  }
}
