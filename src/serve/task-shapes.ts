import * as z from 'zod'
import type { Desk } from '../run/desk/desk.ts'
import { embeddedSchemaOf } from './json-schema.ts'
import { OpenedTask, Task } from './review-shapes.ts'

/** The shapes of tasks of `desk`: the stored state and the reviewed value, as its schemas describe them. */
export function taskShapes({ stored, input }: Desk) {
  const state = Task.shape.state.meta({
    ...embeddedSchemaOf(stored),
    description: 'What is stored: the whole state, if the review is wrapped.',
  })
  const value = z
    .unknown()
    .meta({ ...embeddedSchemaOf(input), description: 'What the review is about.' })
    .optional()
  return { Task: Task.extend({ state }), OpenedTask: OpenedTask.extend({ state, value }) }
}
