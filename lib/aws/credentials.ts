// Credentials on Lambda are in its environment, and nowhere else. In the bundles this file stands for the SDK's search through files,
// single sign-on and metadata services, which would be half of their size (infra/bundle.ts).

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** Under the SDK's own name for it. Throws, as the SDK does, where there are none. */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw Object.assign(new Error('AWS_ACCESS_KEY_ID is missing: is this Lambda?'), {
      name: 'CredentialsProviderError',
    })
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
}
