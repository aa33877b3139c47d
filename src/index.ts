/**
 * Typed queue workflows: states, stages, workflows, and the queues and artifacts that are made of them.
 * @module pipewright
 */

export type { AppCommand, CommandGiven } from './app/app-command.ts'
export { databaseUrl } from './app/database/database-url.ts'
export {
  cancelQueues,
  type Moved,
  type MovingOptions,
  type MovingProgress,
  moveQueues,
} from './app/database/move-queues.ts'
export { type BackendOptions, openBackend } from './app/database/open-backend.ts'
export {
  type Address,
  type App,
  type AppQueues,
  defineApp,
  type OlderKey,
  type OlderShape,
  type Opened,
  type Opening,
  type Seed,
} from './app/define-app.ts'
export type { FedAgain, Feed } from './app/feed.ts'
export { filePath } from './app/file-path.ts'
export type { Upkeep, UpkeepGiven } from './app/upkeep.ts'
export { type ReportMore, type ReportSection, reportPage } from './page/report-page.ts'
export { diagram } from './pipeline/diagram.ts'
export { type EachDefinition, each, type Joining } from './pipeline/each.ts'
export type { Facets } from './pipeline/facet.ts'
export { gate, type LimitOptions, type StageLimit, type StandsBehind } from './pipeline/gate.ts'
export { makeQueues, type Queues, type QueuesOptions } from './pipeline/make-queues.ts'
export { type ParallelDefinition, parallel } from './pipeline/parallel.ts'
export type { ArtifactOf, CtxOf, InOf, OutOf, Pipeline, StatePipeline } from './pipeline/pipeline.ts'
export { type PollContext, type PollDefinition, poll } from './pipeline/poll.ts'
export { review } from './pipeline/review.ts'
export { sequential } from './pipeline/sequential.ts'
export { type Stage, type StageOptions, stage } from './pipeline/stage.ts'
export { type Runnable, type WorkerDefinition, worker } from './pipeline/worker.ts'
export { type Artifacts, type Workflow, workflow } from './pipeline/workflow.ts'
export { type Wrapping, wrapped } from './pipeline/wrapped.ts'
export type { Backend } from './queue/backend.ts'
export { maxValueBytes } from './queue/check-value.ts'
export { type Clock, systemClock } from './queue/clock.ts'
export type { Remembered } from './queue/declaration.ts'
export * from './queue/errors.ts'
export type { Filter } from './queue/filter.ts'
export { parseFilter } from './queue/filter-language.ts'
export type { Breaker, GateSettings, GateSpec, Rate, Window } from './queue/gate.ts'
export type { Marks } from './queue/marks.ts'
export type { Decided } from './queue/person.ts'
export type { Browsable, Message, ReadQueue, Which } from './queue/read-queue.ts'
export type { Retry } from './queue/redelivery.ts'
export { sayFilter } from './queue/say-filter.ts'
export type { SendOptions } from './queue/send.ts'
export type { Token } from './queue/token.ts'
export { filter, map, prefilter, premap } from './queue/views.ts'
export type { EntryOptions, Pushed, PushOptions, WriteQueue } from './queue/write-queue.ts'
export type {
  Bulk,
  BulkAction,
  BulkCounts,
  BulkPlan,
  BulkRequest,
  BulkRun,
  BulkScope,
  Refusal,
  Who,
} from './run/bulk/bulk.ts'
export { type CronQueues, cron } from './run/cron/cron.ts'
export type { CronSeed } from './run/cron/cron-seed.ts'
export type { Claim, Deciding, Decision, Decisions, Desk, Marking } from './run/desk/desk.ts'
export type { Task } from './run/desk/task.ts'
export { ChildError } from './run/gather/child-error.ts'
export type { Arrived, FellOut, Results } from './run/gather/results.ts'
export { type IsolatedContext, type Isolation, isolated } from './run/isolated/isolated.ts'
export type { IsolatedWork } from './run/isolated/isolated-work.ts'
export type { Log } from './run/log.ts'
export type { Done, DoneDefinition, Finished, UseFinished } from './run/output/done.ts'
export type { Keep } from './run/output/keep.ts'
export type { Answer, Answers } from './run/poll/poll.ts'
export type { Waiter } from './run/poll/waiting.ts'
export type {
  Classes,
  DayFigures,
  FailureKind,
  QueueNow,
  ShutGate,
  SlowJourney,
  SlowJourneys,
  StageFigures,
  Summary,
} from './run/report/summary.ts'
export type {
  ByHand,
  Edit,
  Forking,
  Moving,
  Repairing,
  Rerunning,
  Settings,
  Travel,
  Travelled,
} from './run/travel/travel.ts'
export type { WorkOptions } from './run/work/work.ts'
export type { AttemptContext, WorkContext } from './run/work/work-context.ts'
export { Failure } from './schema/failure.ts'
export type { Json } from './schema/json.ts'
export type { Infer, Issue, MaybePromise, Schema } from './schema/schema.ts'
export { oneOf, type State, type StateSchema, type States, state, type Tagged } from './schema/state.ts'
