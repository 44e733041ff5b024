// HTTP: Prefect's REST API and ours, for those who have the key.
import { handle } from 'hono/aws-lambda'
import { apiDoor } from '../lib/aws/door.ts'
import { readEnvironment } from '../lib/aws/environment.ts'
import { roadServices } from '../lib/aws/road.ts'
import { api } from '../lib/entries.ts'

const settings = readEnvironment('api')

export const handler = handle(apiDoor(api(roadServices(settings)), settings))
