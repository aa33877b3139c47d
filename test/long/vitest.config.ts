import { defineConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'
import { long } from './list.ts'

const { projects: _, ...test } = usual.test!

// `npm run test:long`. Each file has a process of its own: what it leaves behind must not grow beside the next.
export default defineConfig({ ...usual, test: { ...test, include: long } })
