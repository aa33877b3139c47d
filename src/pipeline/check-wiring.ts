import { isStates, type States } from '../schema/state.ts'
import type { StatePipeline } from './pipeline.ts'

/** The wiring of a workflow, as it is at run time. */
export interface Wiring {
  readonly input: States
  readonly output: States
  readonly stages: Readonly<Record<string, StatePipeline>>
}

const stageName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

/**
 * Throws a `TypeError` with one sentence if the wiring is unsound: for all that the compiler refuses in wirings that it
 * sees, and for stages that the input does not lead to, or that lead only to each other and not to the output.
 */
export function checkWiring(wiring: Wiring): void {
  for (const find of [partFault, nameFault, plainFault, stageFault, endFault, islandFault, trapFault]) {
    const fault = find(wiring)
    if (fault !== undefined) throw new TypeError(fault)
  }
}

function partFault({ input, output, stages }: Partial<Wiring>): string | undefined {
  if (!isStates(input)) return 'A workflow needs states as its `input`.'
  if (!isStates(output)) return 'A workflow needs states as its `output`.'
  if (typeof stages !== 'object' || stages === null) return 'A workflow needs `stages`.'
  const odd = Object.entries(stages as Record<string, Partial<StatePipeline> | undefined>).find(
    ([, stage]) => typeof stage?.connect !== 'function',
  )
  return odd && `Stage "${odd[0]}" is no stage: make it with worker(), review() or stage(), and wrapped().`
}

function nameFault({ stages }: Wiring): string | undefined {
  const names = Object.keys(stages)
  if (names.length === 0) return 'A workflow needs at least one stage.'
  const odd = names.find((name) => !stageName.test(name))
  if (odd !== undefined)
    return `Stage "${odd}" needs another name: a letter, then up to 62 letters, digits, "_" or "-".`
  return names.includes('output')
    ? 'Stage "output" needs another name: the queue of finished tokens is called so.'
    : undefined
}

function plainFault({ stages }: Wiring): string | undefined {
  const plain = Object.entries(stages).find(([, { input, output }]) => !isStates(input) || !isStates(output))
  return plain && `Stage "${plain[0]}" takes and returns plain values, not states: lift it with wrapped().`
}

function stageFault({ input, output, stages }: Wiring): string | undefined {
  const all = Object.entries(stages)
  const accepted = new Map<string, string>()
  const returned = new Set(all.flatMap(([, stage]) => stage.output.tags))
  for (const [name, stage] of all) {
    for (const tag of stage.input.tags) {
      if (accepted.has(tag)) return `Stage "${name}" accepts state "${tag}", and so does another stage.`
      accepted.set(tag, name)
      if (output.tags.includes(tag))
        return `Stage "${name}" accepts state "${tag}", which is an output of the workflow too.`
      if (!returned.has(tag) && !input.tags.includes(tag)) {
        return `Stage "${name}" accepts state "${tag}", which no stage returns and which is not an input.`
      }
    }
  }
  for (const [name, stage] of all) {
    const lost = stage.output.tags.find((tag) => !accepted.has(tag) && !output.tags.includes(tag))
    if (lost !== undefined) {
      return `Stage "${name}" can return state "${lost}", which no stage accepts and which is not an output.`
    }
  }
  return undefined
}

function endFault({ input, output, stages }: Wiring): string | undefined {
  const all = Object.values(stages)
  const unaccepted = input.tags.find((tag) => !all.some((stage) => stage.input.tags.includes(tag)))
  if (unaccepted !== undefined) return `No stage accepts the input state "${unaccepted}".`
  const unreturned = output.tags.find((tag) => !all.some((stage) => stage.output.tags.includes(tag)))
  return unreturned === undefined ? undefined : `No stage returns the output state "${unreturned}".`
}

function islandFault({ input, stages }: Wiring): string | undefined {
  const reached = follow(input.tags, stages, ({ input, output }) => ({ from: input.tags, to: output.tags }))
  const island = sayOthers(stages, reached)
  return island && `No token can reach ${island}: nothing leads there from the input.`
}

function trapFault({ output, stages }: Wiring): string | undefined {
  const left = follow(output.tags, stages, ({ input, output }) => ({ from: output.tags, to: input.tags }))
  const trap = sayOthers(stages, left)
  return trap && `No token can leave ${trap}: nothing leads from there to the output.`
}

/** The names of the stages to which `tags` lead, step by step. */
function follow(
  tags: readonly string[],
  stages: Wiring['stages'],
  step: (stage: StatePipeline) => { readonly from: readonly string[]; readonly to: readonly string[] },
): ReadonlySet<string> {
  const found = new Set<string>()
  const ahead = [...tags]
  for (let tag = ahead.pop(); tag !== undefined; tag = ahead.pop()) {
    for (const [name, stage] of Object.entries(stages)) {
      const { from, to } = step(stage)
      if (found.has(name) || !from.includes(tag)) continue
      found.add(name)
      ahead.push(...to)
    }
  }
  return found
}

function sayOthers(stages: Wiring['stages'], found: ReadonlySet<string>): string | undefined {
  const names = Object.keys(stages).filter((name) => !found.has(name))
  if (names.length === 0) return undefined
  return `${names.length === 1 ? 'stage' : 'stages'} ${names.map((name) => `"${name}"`).join(', ')}`
}
