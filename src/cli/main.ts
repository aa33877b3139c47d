#!/usr/bin/env node
import { endProcess } from './end-process.ts'
import { runProgram } from './program.ts'
import { processTerminal } from './screen/terminal.ts'

const terminal = processTerminal()
const exitCode = await runProgram(process.argv.slice(2), terminal)
await terminal.drained().catch(() => {})
// A handler of the app may have left timers behind: a process that has ended its work ends.
await endProcess(exitCode)
