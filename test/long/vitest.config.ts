import { defineConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'
import { long } from './list.ts'

const { projects: _, ...test } = usual.test!

// `npm run test:long`.
export default defineConfig({ ...usual, test: { ...test, include: long, isolate: false } })
