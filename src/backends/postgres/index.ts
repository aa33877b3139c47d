/**
 * Queues in a schema of a Postgres database, which the processes of many machines may share.
 * @module pipewright/postgres
 */

export { type PostgresOptions, postgres } from './postgres.ts'
