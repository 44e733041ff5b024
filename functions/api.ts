// HTTP: Prefect's REST API and ours, for those who show a key.
import { handle } from 'hono/aws-lambda'
import { deployedAdminKey } from '../lib/aws/admin-key.ts'
import { door } from '../lib/aws/door.ts'
import { readEnvironment } from '../lib/aws/environment.ts'
import { apiServices } from '../lib/aws/road.ts'
import { api, keyGate } from '../lib/entries.ts'

const settings = readEnvironment('api')
const services = apiServices(settings)
const gate = keyGate(services, { adminKey: deployedAdminKey(settings) })

export const handler = handle(door(api(services, undefined, gate), settings))
