// Event source mappings as deployed: which records of a stream wake a function, by the filters in the template (AWS: "Lambda event
// filtering", of which we use equality and exists).
import type { DynamoDBRecord } from 'aws-lambda'
import { type Deployed, functionOf, resourcesOf } from './deployed.ts'

type Pattern = { [key: string]: Pattern | (string | { exists: boolean })[] }

/** Whether a record wakes a function. */
export function filterOf(deployment: Deployed, functionName: string) {
  const { FunctionName: _, ...wanted } = functionOf(deployment, functionName).Properties
  const [logicalId] =
    resourcesOf(deployment, 'AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.Description === wanted.Description,
    ) ?? []
  const patterns = resourcesOf(deployment, 'AWS::Lambda::EventSourceMapping')
    .filter(([, { Properties }]) =>
      JSON.stringify(Properties.FunctionName).includes(`"${logicalId}"`),
    )
    .flatMap(
      ([, { Properties }]) =>
        (Properties.FilterCriteria as { Filters: { Pattern: string }[] } | undefined)?.Filters ??
        [],
    )
    .map(({ Pattern }) => JSON.parse(Pattern) as Pattern)
  if (patterns.length === 0) throw new Error(`${functionName} reads no stream`)
  return (record: DynamoDBRecord): boolean =>
    patterns.some((pattern) => meets(pattern, record as unknown as Record<string, unknown>))
}

function meets(pattern: Pattern, value: Record<string, unknown> | undefined): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const found = value?.[key]
    if (!Array.isArray(wanted)) return meets(wanted, found as Record<string, unknown> | undefined)
    return wanted.some((one) =>
      typeof one === 'string' ? one === found : one.exists === (found !== undefined),
    )
  })
}
