// What is kept: two tables, bodies too large for an item, dead letters, and the key they are encrypted with. All of it outlives
// the stack unless the stack is said to be disposable.
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { Key } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { ATTRIBUTE, INDEX } from '../lib/names.ts'
import { acknowledge } from './acknowledge.ts'

export interface StorageProps {
  /** Days that events, firings and their bodies are kept. */
  retentionDays: number
  /** Whether everything goes with the stack. */
  isDisposable: boolean
}

export type Storage = ReturnType<typeof storage>

/** Days after which a dead letter that nobody redrove is forgotten. */
const LETTERS_DAYS = 90
const ADMIN_KEY_LENGTH = 43

export function storage(scope: Construct, { retentionDays, isDisposable }: StorageProps) {
  const removalPolicy = isDisposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN
  const key = new Key(scope, 'Key', {
    description: 'Tables, bodies, dead letters and the admin key of tripline',
    enableKeyRotation: true,
    removalPolicy,
  })

  const table = (id: string, stream: StreamViewType, isSorted: boolean) =>
    new Table(scope, id, {
      partitionKey: { name: ATTRIBUTE.partition, type: AttributeType.STRING },
      ...(isSorted && { sortKey: { name: ATTRIBUTE.sort, type: AttributeType.STRING } }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream,
      timeToLiveAttribute: ATTRIBUTE.expires,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      deletionProtection: !isDisposable,
      removalPolicy,
    })

  /** Append-only, and read by id alone. */
  const events = table('Events', StreamViewType.NEW_IMAGE, false)

  /** Everything that changes. Indexes hold keys only: who lists reads the items themselves. */
  const objects = table('Objects', StreamViewType.NEW_AND_OLD_IMAGES, true)
  for (const { name, partition, sort } of Object.values(INDEX)) {
    objects.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    })
  }

  const bucket = (id: string, days: number) => {
    const made = new Bucket(scope, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [
        { expiration: Duration.days(days), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
    })
    acknowledge(made, {
      'AwsSolutions-S1':
        'Only our own functions read and write it. Access logs would need a second bucket that costs more than this one; CloudTrail data events can be switched on by who needs them.',
    })
    return made
  }

  /** A day longer than the items that name them. */
  const bodies = bucket('Bodies', retentionDays + 1)
  const letters = bucket('Letters', LETTERS_DAYS)

  const adminKey = new Secret(scope, 'AdminKey', {
    description: "tripline: the first admin's API key, for PREFECT_API_KEY",
    encryptionKey: key,
    generateSecretString: { excludePunctuation: true, passwordLength: ADMIN_KEY_LENGTH },
    removalPolicy,
  })
  acknowledge(adminKey, {
    'AwsSolutions-SMG4':
      'Clients hold this key. Rotating it behind their backs would lock them out; docs/deploy.md says how it is changed.',
  })

  return { key, events, objects, bodies, letters, adminKey }
}
