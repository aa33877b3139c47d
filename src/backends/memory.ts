/**
 * Queues in the memory of one process, for tests.
 * @module pipewright/memory
 */

export { type MemoryOptions, memory } from './memory/memory.ts'
