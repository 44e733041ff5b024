// Queue: events that came by the event bus.
import { readEnvironment } from '../lib/aws/environment.ts'
import { takeArrival } from '../lib/aws/inbound.ts'
import { queueHandler } from '../lib/aws/queue.ts'
import { ingestServices } from '../lib/aws/services.ts'
import { accept } from '../lib/entries.ts'

const services = ingestServices(readEnvironment('accept'))

export const handler = queueHandler(takeArrival(accept(services), services.log), services.log)
