import { join } from 'node:path'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { http } from '../src/backends/http.ts'
import { memory } from '../src/backends/memory.ts'
import { sqlite } from '../src/backends/sqlite/index.ts'
import { isolated, makeQueues, review, stage, state, worker, workflow, wrapped } from '../src/index.ts'
import { makeReviews, serveBackend, serveReviews } from '../src/serve/index.ts'
import { simulate } from '../src/simulate/index.ts'
import { crashing } from '../src/testing/index.ts'

const text = { input: z.string(), output: z.string() }
const Odd = state('Odd', z.object({}))
const Good = state('Good', z.object({}))
const judge = review({ input: z.string(), decisions: { yes: z.object({}) } })
const wrapping = { input: Odd, output: Good, pre: () => '', post: () => Good({}) }
const flow = workflow({ input: Odd, output: Good, stages: { judge: wrapped(judge, wrapping) } })
const task = new URL('./run/fixtures/odd-jobs.task.ts', import.meta.url)
const queuesOf = () => makeQueues(flow, memory(), 'flow')

/** What JavaScript, or an object that is spread, can give: keys that the compiler has not seen. */
const given = (key: string): any => ({ [key]: 1 })

it.each<[string, () => unknown]>([
  [
    'A worker has "timoutMs", which nothing reads. Did you mean "timeoutMs"?',
    () => worker({ ...text, process: (value) => value, ...given('timoutMs') }),
  ],
  [
    'A review has "ws", which nothing reads. Did you mean "was"?',
    () => review({ input: z.string(), decisions: { yes: z.object({}) }, ...given('ws') }),
  ],
  [
    'Decision "yes" needs a schema of an object, such as z.object({ ... }).',
    () => review({ input: z.string(), decisions: { yes: class {} as any } }),
  ],
  ['State "A" needs a schema of an object, such as z.object({ ... }).', () => state('A', class {} as any)],
  [
    '`input` of a stage has to be a schema, such as z.object({ ... }).',
    () => worker({ ...text, input: class {} as any, process: () => '' }),
  ],
  [
    'A stage has "retries", which nothing reads.',
    () => stage({ ...text, artifact: () => 1, ...given('retries') }),
  ],
  [
    'A wrapper has "fails", which nothing reads. Did you mean "failed"?',
    () => wrapped(judge, { ...wrapping, ...given('fails') }),
  ],
  [
    '`failed` has "from", which nothing reads.',
    () => wrapped(judge, { ...wrapping, failed: { to: Odd, as: () => Odd({}), ...given('from') } }),
  ],
  [
    'A workflow has "stage", which nothing reads. Did you mean "stages"?',
    () => workflow({ input: Odd, output: Good, stages: flow.stages, ...given('stage') }),
  ],
  [
    'makeQueues() is given "onwer", which nothing reads. Did you mean "owner"?',
    () => makeQueues(flow, memory(), 'flow', given('onwer')),
  ],
  [
    'The push of token "a" has "delay", which nothing reads. Did you mean "delayMs"?',
    async () => (await queuesOf()).input.push('a', Odd({}), given('delay')),
  ],
  [
    'The page of queue "flow/judge" has "limt", which nothing reads. Did you mean "limit"?',
    async () => (await queuesOf()).artifacts().judge.list(given('limt')),
  ],
  [
    'The page of queue "flow/judge" has `only` with "state", which nothing reads. Did you mean "status"?',
    async () => (await queuesOf()).artifacts().judge.list({ only: given('state') }),
  ],
  [
    'isolated() is given "stalMs", which nothing reads. Did you mean "stallMs"?',
    () => isolated(task, { in: 'thread', ...given('stalMs') }),
  ],
  [
    'sqlite() is given "historyDay", which nothing reads. Did you mean "historyDays"?',
    () => sqlite(join('no', 'folder', 'queues.db'), given('historyDay')),
  ],
  ['memory() is given "clok", which nothing reads. Did you mean "clock"?', () => memory(given('clok'))],
  [
    'http() is given "tokn", which nothing reads. Did you mean "token"?',
    () => http('http://x', given('tokn')),
  ],
  [
    'serveBackend() is given "maxBytes", which nothing reads. Did you mean "maxBodyBytes"?',
    () => serveBackend(memory(), given('maxBytes')),
  ],
  [
    '`timeouts` has "requestsMs", which nothing reads. Did you mean "requestMs"?',
    () => Fastify().register(serveBackend(memory(), { timeouts: given('requestsMs') })),
  ],
  [
    'makeReviews() is given "port", which nothing reads.',
    async () => makeReviews({ queues: await queuesOf(), artifacts: {}, ...given('port') }),
  ],
  [
    'serveReviews() is given "hots", which nothing reads. Did you mean "hosts"?',
    async () => serveReviews({ queues: await queuesOf(), artifacts: {}, ...given('hots') }),
  ],
  [
    'simulate() is given "sed", which nothing reads. Did you mean "seed"?',
    () => simulate(flow, { inputs: [], ...given('sed') }),
  ],
  [
    'crashing() is given "befor", which nothing reads. Did you mean "before"?',
    () => crashing(memory(), given('befor')),
  ],
])('says: %s', async (sentence, make) => {
  await expect((async () => make())()).rejects.toThrow(new TypeError(sentence))
})
