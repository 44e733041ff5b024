// Queue: events that came by the event bus, and those that came as frames of sockets.
import { readEnvironment } from '../lib/aws/environment.ts'
import { takeArrival } from '../lib/aws/inbound.ts'
import { queueHandler } from '../lib/aws/queue.ts'
import { acceptServices } from '../lib/aws/road.ts'
import { accept, acceptFrame } from '../lib/entries.ts'

const services = acceptServices(readEnvironment('accept'))
const { log } = services
const take = takeArrival({ accept: accept(services), acceptFrame: acceptFrame(services), log })

export const handler = queueHandler(take, log)
