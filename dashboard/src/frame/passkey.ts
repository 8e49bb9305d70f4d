/** A passkey answers the console's challenge; the library for it is fetched when it is first needed. */
import { callApi } from '../api/request.ts'
import type { MakePasskeyChallengeAnswer, StepUpBody } from '../api/types.ts'

export type PasskeyFactor = Extract<StepUpBody['factor'], { type: 'passkey' }>

/** `ids`: of the person's passkeys; none when it is the passkey that says who they are. */
export async function answerByPasskey(
  ids: readonly string[],
): Promise<{ factor: PasskeyFactor; userHandle: string | undefined }> {
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const { challenge, rp_id: rpId } = await callApi<MakePasskeyChallengeAnswer>({
    method: 'POST',
    path: '/passkey-challenge',
  })
  const { id, response } = await startAuthentication({
    optionsJSON: {
      ...{ challenge, rpId },
      userVerification: 'required',
      ...(ids.length > 0 && {
        allowCredentials: ids.map((one) => ({ id: one, type: 'public-key' as const })),
      }),
    },
  }).catch(asPasskeyFault)
  const factor = {
    type: 'passkey' as const,
    credential_id: id,
    challenge,
    authenticator_data: response.authenticatorData,
    client_data_json: response.clientDataJSON,
    signature: response.signature,
  }
  return { factor, userHandle: response.userHandle }
}

export class PasskeyFault extends Error {
  override readonly name = 'PasskeyFault'
}

/** Browsers tell a person who changed their mind and a device without a passkey alike. */
export function asPasskeyFault(error: unknown): never {
  const name = error instanceof Error ? error.name : ''
  if (name === 'InvalidStateError') {
    throw new PasskeyFault('This device has a passkey of yours already. Use another device.')
  }
  if (name === 'NotAllowedError' || name === 'AbortError') {
    throw new PasskeyFault('No passkey was shown. Try again, or choose another way.')
  }
  throw new PasskeyFault('This browser could not use a passkey. Choose another way.')
}
