/**
 * The contract between queues and what stores them: for a backend of your own, and for tools that read one.
 * @module pipewright/backend
 */

export type * from './backend.ts'
export type * from './change.ts'
export type * from './declaration.ts'
export type * from './family.ts'
export type * from './filter.ts'
export type * from './gate.ts'
export type * from './inbox.ts'
export type * from './journey.ts'
export type * from './letter.ts'
export type * from './lines.ts'
export type * from './marks.ts'
export type * from './pulse.ts'
export type * from './records.ts'
export type * from './rows.ts'
export type * from './step.ts'
export type * from './tally.ts'
export type * from './wait.ts'
