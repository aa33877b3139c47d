import * as z from 'zod'
import {
  oneOf,
  review,
  state,
  type WorkContext,
  type WorkOptions,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'

const fields = z.object({ text: z.string() })
export const Raw = state('Raw', fields)
export const Half = state('Half', fields)
export const Whole = state('Whole', fields)
const Odd = state('Odd', fields)

type Process = (text: string, ctx: WorkContext) => string | Promise<string>

const pass: Process = (text) => text

/** A workflow of two workers and a desk, for texts. What fails for good in the first goes to the desk, and from there back or out. */
export function makeShop(
  { first = pass, second = pass }: { first?: Process; second?: Process } = {},
  options: WorkOptions & { readonly acceptance?: z.ZodType<object> } = {},
) {
  const { acceptance = z.object({}), ...tuning } = options
  const io = { input: z.string(), output: z.string() }
  const driven = { retry: { attempts: 2 }, concurrency: 2, ...tuning }
  const look = review({ input: z.string(), decisions: { again: z.object({}), accept: acceptance } })
  return workflow({
    input: Raw,
    output: Whole,
    stages: {
      first: wrapped(worker({ ...io, ...driven, process: first }), {
        input: Raw,
        output: Half,
        pre: ({ text }) => text,
        post: (_, text) => Half({ text }),
        failed: { to: Odd, as: ({ text }) => Odd({ text }) },
      }),
      second: wrapped(worker({ ...io, ...driven, process: second }), {
        input: Half,
        output: Whole,
        pre: ({ text }) => text,
        post: (_, text) => Whole({ text }),
      }),
      desk: wrapped(look, {
        input: Odd,
        output: oneOf(Raw, Whole),
        pre: ({ text }) => text,
        post: ({ text }, { decision }) => (decision === 'again' ? Raw({ text }) : Whole({ text })),
      }),
    },
  })
}

/** Tokens that enter, by their ids. */
export function entering(...ids: readonly string[]) {
  return ids.map((id) => ({ id, value: Raw({ text: id }) }))
}
