#!/usr/bin/env node
import { runProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

const exitCode = await runProgram(process.argv.slice(2), processTerminal())
// A handler of somebody's may have left timers behind: a process that has ended its work ends.
process.exit(exitCode)
