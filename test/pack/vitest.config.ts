import usual from '../../vitest.config.ts'

const { projects: _, globalSetup: __, ...test } = usual.test!

// `npm run package`: what is packed, as its users install it.
export default { ...usual, test: { ...test, include: ['test/pack/**/*.test.ts'] } }
