import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'

// Stores a file, if nothing stops it.
const [config, key, upload] = JSON.parse(process.argv[2]!)
await s3Storage(config).put(key, upload)
