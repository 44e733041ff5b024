// Queue: a time has come.
import { takeWakeMessage } from '../lib/aws/delays.ts'
import { readEnvironment } from '../lib/aws/environment.ts'
import { queueHandler } from '../lib/aws/queue.ts'
import { armOf, lazyCarriers, roadServices } from '../lib/aws/road.ts'
import { wake } from '../lib/entries.ts'

const settings = readEnvironment('wake')
const services = { ...roadServices(settings), ...lazyCarriers(settings) }
const take = takeWakeMessage(wake(services), armOf(settings), services.clock)

export const handler = queueHandler(take, services.log)
