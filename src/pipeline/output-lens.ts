import type { Lens } from '../queue/lens.ts'
import { makeLens } from './make-lens.ts'
import type { Pipeline } from './pipeline.ts'

/** How the finished tokens of `pipeline` are seen in its output, `queue`: they are what is stored, and go nowhere. */
export function outputLens<Out>(pipeline: Pipeline<any, Out>, queue: string): Lens<Out, any> {
  return makeLens<Out, any>({ input: pipeline.output }, { path: queue, exit: () => [], depth: 0 })
}
