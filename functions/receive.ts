// HTTP: /hooks/:slug, and nothing else. Its own URL and its own concurrency.
import { handle } from 'hono/aws-lambda'
import { readEnvironment } from '../lib/aws/environment.ts'
import { ingestServices } from '../lib/aws/services.ts'
import { receive } from '../lib/entries.ts'

export const handler = handle(receive(ingestServices(readEnvironment('receive'))))
