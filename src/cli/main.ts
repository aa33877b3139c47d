#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { endProcess } from './end-process.ts'
import { runProgram } from './program.ts'
import { processTerminal } from './screen/terminal.ts'

// These wait most of their time, and beside the processes that work their memory counts: a fourth less.
if (/^(?:run|up|serve)$/.test(process.argv[2] ?? '')) setFlagsFromString('--optimize-for-size')

const terminal = processTerminal()
const exitCode = await runProgram(process.argv.slice(2), terminal)
await terminal.drained().catch(() => {})
// A handler of the app may have left timers behind: a process that has ended its work ends.
await endProcess(exitCode)
