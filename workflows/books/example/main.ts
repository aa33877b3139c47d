import { fileURLToPath } from 'node:url'
import { makeExample } from './make-example.ts'

await makeExample(fileURLToPath(new URL('../../../queues.db.example', import.meta.url)))
