import * as z from 'zod'
import { review, sequential, state, worker, workflow, wrapped } from '../../src/index.ts'

const text = z.string()
export const Raw = state('Raw', z.object({ text }))
const Read = state('Read', z.object({ text }))
const Done = state('Done', z.object({ text }))
const Trouble = state('Trouble', z.object({ text, why: text }))
const failed = {
  to: Trouble,
  as: ({ text }: { text: string }, { message }: { message: string }) => Trouble({ text, why: message }),
}
const options = {
  concurrency: 5,
  retry: { attempts: 2, minMs: 1, maxMs: 1 },
  timeoutMs: 30_000,
  leaseMs: 2000,
}
const same = worker({ input: text, output: text, ...options, process: (value) => value })

/** `read` is a composite, whose tokens travel with a frame; `finish` keeps states as they are. */
export const flow = workflow({
  input: Raw,
  output: Done,
  stages: {
    read: wrapped(sequential(same, same), {
      ...{ input: Raw, output: Read, failed },
      pre: ({ text }) => text,
      post: (_, text) => Read({ text }),
    }),
    finish: wrapped(same, {
      ...{ input: Read, output: Done, failed },
      pre: ({ text }) => text,
      post: (_, text) => Done({ text }),
    }),
    desk: wrapped(review({ input: text, decisions: { accept: z.object({}) } }), {
      ...{ input: Trouble, output: Done },
      pre: ({ why }) => why,
      post: ({ text }) => Done({ text }),
    }),
  },
})

/** The biggest number that SQLite can keep, which is none of JavaScript's. */
export const huge = '9223372036854775807'
const far = Date.UTC(9999, 0, 1)

/** What is done to a row, and where its token ends: dead, on the desk, or done because nothing is wrong with it. */
type Edit = readonly [set: string, end: 'dead' | 'desk' | 'done']

/** By the id of its token: rows of the first queue of `read`. */
export const inComposite: Readonly<Record<string, Edit>> = {
  'bad-json': [`value = '{"text'`, 'dead'],
  'no-value': ['value = null', 'dead'],
  'long-value': [`value = json_quote(printf('%.*c', 10000000, 'x'))`, 'dead'],
  'wrong-type': [`value = '[1, 2]'`, 'dead'],
  'bad-frames': [`frames = '[{'`, 'dead'],
  'no-frames': ['frames = null', 'dead'],
  'other-frames': [`frames = '{}'`, 'dead'],
  'wrong-frame': [`frames = '[7]'`, 'dead'],
  'more-frames': [`frames = json_insert(frames, '$[#]', 7)`, 'done'],
}

/** Rows of `finish`. */
export const inStates: Readonly<Record<string, Edit>> = {
  'bad-state': [`value = 'no JSON at all'`, 'dead'],
  'no-state': ['value = null', 'dead'],
  'long-state': [`value = json_object('tag', 'Read', 'text', printf('%.*c', 10000000, 'x'))`, 'dead'],
  'long-number': [`value = '1' || printf('%.*c', 1000, '0')`, 'dead'],
  'wrong-field': [`value = '{"tag": "Read", "text": 5}'`, 'dead'],
  unheard: [`value = '{"tag": "Unheard", "text": ""}'`, 'dead'],
  'proto-state': [`value = '{"tag": "__proto__", "text": ""}'`, 'dead'],
  'constructor-state': [`value = '{"tag": "constructor", "text": ""}'`, 'dead'],
  'proto-key': [`value = '{"tag": "Read", "text": "", "__proto__": {"admin": true}}'`, 'done'],
  'constructor-key': [`value = '{"tag": "Read", "text": "", "constructor": {"prototype": 1}}'`, 'done'],
  'odd-status': [`status = 'gone'`, 'dead'],
  'empty-status': [`status = ''`, 'dead'],
  'odd-suspect': ['suspect = 7', 'dead'],
  'odd-company': ['alone = 7', 'dead'],
  'negative-hop': ['hop = -5', 'dead'],
  'no-hop': ['hop = 0', 'dead'],
  'huge-hop': [`hop = ${huge}`, 'dead'],
  'negative-lease': ['lease = -9', 'dead'],
  'huge-lease': [`lease = ${huge}`, 'dead'],
  'negative-attempts': ['attempts = -1000', 'dead'],
  'huge-attempts': [`attempts = ${huge}`, 'dead'],
  'many-attempts': ['attempts = 1000', 'desk'],
  'many-crashes': ['crashes = 1000', 'desk'],
  'negative-crashes': ['crashes = -1', 'dead'],
  'huge-priority': [`priority = ${huge}`, 'dead'],
  'first-of-all': ['priority = -1000000000', 'done'],
  'huge-deploy': [`deploy = ${huge}`, 'dead'],
  'endless-lease': [`status = 'leased', owner = 'x'`, 'dead'],
  'void-lease': [
    `status = 'leased', owner = 'x', until = ${far}, lease_ms = 1000, deadline = ${far}`,
    'done',
  ],
  'odd-owner': [
    `status = 'leased', owner = '"' || char(10, 0), until = 1, lease_ms = 1, deadline = 9`,
    'done',
  ],
  'endless-delay': [`status = 'delayed'`, 'dead'],
  'far-delay': [`status = 'delayed', due = ${far}`, 'dead'],
  'other-workflow': [`workflow = 'no-such'`, 'dead'],
  'no-queue': ['queue = null', 'dead'],
  'bad-error': [`error = '{', progress = '{'`, 'done'],
}

/** All of them. */
export const edits = { ...inComposite, ...inStates }
