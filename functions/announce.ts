// Objects stream: a changed object becomes an event.
import { readEnvironment } from '../lib/aws/environment.ts'
import { roadServices, streamFunction } from '../lib/aws/road.ts'
import { announce } from '../lib/entries.ts'

const settings = readEnvironment('announce')

export const handler = streamFunction(announce(roadServices(settings)), settings)
