import { defineApp } from 'pipewright'
import { DemoConfig, openDemo } from '../workflows/books/app/open-demo.ts'

/** The books, from a fake GRIN that converts them within seconds. */
export default defineApp({ name: 'books', config: DemoConfig, open: openDemo })
