// Each function's environment, read once per cold start. By hand, for a schema library would cost the ingest function more time
// than all the rest of its start. test/infra/ holds that infra sets for each function just what is read here.
import { VARIABLE, type VariableName } from '../names.ts'

const text = (value: string): string => value

function days(value: string): number {
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`${JSON.stringify(value)} is not a number of days; try "7"`)
}

/** Names apart by commas; none at all when empty. */
const names = (value: string): string[] =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** A count, or null: none was chosen. */
function countOrNull(value: string): number | null {
  if (value === '') return null
  const number = Number(value)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`${JSON.stringify(value)} is not a count; try "1000"`)
}

const READ = {
  eventsTable: text,
  objectsTable: text,
  bodiesBucket: text,
  retentionDays: days,
  wakeQueueUrl: text,
  wakeQueueArn: text,
  wakeGroup: text,
  wakeRoleArn: text,
  lettersQueueArn: text,
  lettersBucket: text,
  bus: text,
  publishPrefixes: names,
  secretsKeyArn: text,
  adminKeySecret: text,
  originSecret: text,
  automationsMax: countOrNull,
  webhooksMax: countOrNull,
  socketEndpoint: text,
  publicUrl: text,
  evaluateFunction: text,
  publishFunction: text,
} satisfies Record<VariableName, (value: string) => unknown>

/** Variables that may be empty. Any other that is empty is as good as missing. */
const MAY_BE_EMPTY: readonly VariableName[] = ['publishPrefixes', 'automationsMax', 'webhooksMax']

export type Settings = { [K in VariableName]: ReturnType<(typeof READ)[K]> }

const INGEST = [
  'eventsTable',
  'objectsTable',
  'bodiesBucket',
  'retentionDays',
  'secretsKeyArn',
] as const
const ROAD = [
  ...INGEST,
  'wakeQueueUrl',
  'wakeQueueArn',
  'wakeGroup',
  'wakeRoleArn',
  'lettersQueueArn',
] as const
const STREAM = [...ROAD, 'lettersBucket'] as const

/** The variables that each function reads, by the name of its file in functions/. */
export const READ_BY = {
  receive: INGEST,
  accept: INGEST,
  api: [...ROAD, 'adminKeySecret', 'originSecret', 'automationsMax', 'webhooksMax'],
  evaluate: STREAM,
  socket: [...INGEST, 'adminKeySecret', 'socketEndpoint'],
  publish: [...STREAM, 'bus', 'publishPrefixes', 'socketEndpoint'],
  act: STREAM,
  announce: STREAM,
  wake: [...ROAD, 'bus', 'publicUrl'],
  redrive: ['lettersBucket', 'eventsTable', 'evaluateFunction', 'publishFunction'],
} as const satisfies Record<string, readonly VariableName[]>

export type FunctionName = keyof typeof READ_BY
export type SettingsOf<F extends FunctionName> = Pick<Settings, (typeof READ_BY)[F][number]>
export type IngestSettings = SettingsOf<'receive'>
export type RoadSettings = Pick<Settings, (typeof ROAD)[number]>

/**
 * What a function finds in its environment.
 * @throws Error naming the function and every variable that is missing or wrong
 */
export function readEnvironment<F extends FunctionName>(
  functionName: F,
  environment: Record<string, string | undefined> = process.env,
): SettingsOf<F> {
  const settings: Record<string, unknown> = {}
  const faults: string[] = []
  for (const name of READ_BY[functionName] as readonly VariableName[]) {
    const value = environment[VARIABLE[name]]
    if (value === undefined || (value === '' && !MAY_BE_EMPTY.includes(name))) {
      faults.push(`${VARIABLE[name]} is missing`)
      continue
    }
    try {
      settings[name] = READ[name](value)
    } catch (error) {
      faults.push(`${VARIABLE[name]}: ${(error as Error).message}`) // told together with the others
    }
  }
  if (faults.length > 0) throw new Error(`environment of ${functionName}: ${faults.join('; ')}`)
  return settings as SettingsOf<F>
}
