import { isStates } from '../schema/state.ts'
import type { Pipeline, StatePipeline } from './pipeline.ts'

/** A picture of a workflow as mermaid text: states are the arrows, stages the boxes; a diamond is a person's desk. */
export function diagram(workflow: Pipeline & { readonly stages: unknown }): string {
  const stages = Object.entries(workflow.stages as Readonly<Record<string, StatePipeline>>)
  const acceptor = new Map(
    stages.flatMap(([name, stage]) => stage.input.tags.map((tag) => [tag, name] as const)),
  )
  const lines = ['flowchart TD', '  in((in))', '  out((out))']
  for (const [name, stage] of stages) lines.push(`  ${name}${box(name, stage)}`)
  for (const tag of tagsOf(workflow.input)) lines.push(`  in -- ${tag} --> ${acceptor.get(tag)}`)
  for (const [name, stage] of stages) {
    for (const tag of stage.output.tags) lines.push(`  ${name} -- ${tag} --> ${acceptor.get(tag) ?? 'out'}`)
  }
  return `${lines.join('\n')}\n`
}

function box(name: string, stage: StatePipeline): string {
  const { queues } = stage.connect({ path: name, exit: () => [], depth: 0 })
  if (queues.length > 1) return `[["${name}"]]`
  return queues[0]?.role === 'review' ? `{"${name}"}` : `["${name}"]`
}

function tagsOf(schema: Pipeline['input']): readonly string[] {
  return isStates(schema) ? schema.tags : []
}
