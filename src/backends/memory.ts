export { type MemoryOptions, memory } from './memory/memory.ts'
