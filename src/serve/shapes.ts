import * as z from 'zod'
import { Problem } from './problem.ts'
import { Claim, Fault, Journey, Line } from './review-shapes.ts'
import { AuditLine, Travelled } from './travel-shapes.ts'

/** The names under which shapes stand in the document, once each. */
export type Shapes = z.core.$ZodRegistry<{ id: string }>

/** Those that all desks share. */
export function sharedShapes(): Shapes {
  const shapes: Shapes = z.registry<{ id: string }>()
  for (const [id, shape] of Object.entries({
    Problem,
    Fault,
    HistoryLine: Line,
    AuditLine,
    Travelled,
    Journey,
    Claim,
  }))
    shapes.add(shape, { id })
  return shapes
}
