import { isStates } from '../schema/state.ts'
import type { Pipeline, StatePipeline } from './pipeline.ts'

/** A picture of a workflow as mermaid text: states are the arrows, stages the boxes; a diamond is a person's desk. */
export function diagram(workflow: Pipeline & { readonly stages: unknown }): string {
  const stages = Object.entries(workflow.stages as Readonly<Record<string, StatePipeline>>)
  const acceptor = new Map(
    stages.flatMap(([name, stage]) => stage.input.tags.map((tag) => [tag, name] as const)),
  )
  // No stage's name begins with "_".
  const lines = ['flowchart TD', '  _in((in))', '  _out((out))']
  for (const [name, stage] of stages) lines.push(`  ${nodeOf(name)}${box(name, stage)}`)
  const arrow = (from: string, tag: string) => {
    const to = acceptor.get(tag)
    lines.push(`  ${from} -- ${label(tag)} --> ${to === undefined ? '_out' : nodeOf(to)}`)
  }
  for (const tag of tagsOf(workflow.input)) arrow('_in', tag)
  for (const [name, stage] of stages) for (const tag of stage.output.tags) arrow(nodeOf(name), tag)
  return `${lines.join('\n')}\n`
}

// Words that mermaid would take for its own.
const reserved = /^(?:end|graph|subgraph|flowchart|style|linkstyle|class|classdef|click|default)$/i

function nodeOf(name: string): string {
  return reserved.test(name) ? `_${name}` : name
}

function label(tag: string): string {
  return /^\w+$/.test(tag) && !reserved.test(tag) ? tag : `"${tag.replaceAll('"', '#quot;')}"`
}

function box(name: string, stage: StatePipeline): string {
  const { queues } = stage.connect({ path: name, exit: () => [], depth: 0 })
  if (queues.length > 1) return `[["${name}"]]`
  return queues[0]?.role === 'review' ? `{"${name}"}` : `["${name}"]`
}

function tagsOf(schema: Pipeline['input']): readonly string[] {
  return isStates(schema) ? schema.tags : []
}
