/** A new passkey: what the browser is asked to make, and what it has made. */
import { type Static, Type } from 'typebox'
import { addPasskey } from '../../core/people/factors.ts'
import { listFactors } from '../../core/people/queries.ts'
import { demandDone } from '../../core/people/store-answer.ts'
import { Refusal } from '../../lib/refusal.ts'
import { uuidBytes } from '../../lib/uuid.ts'
import { originOf } from '../address.ts'
import { closed } from '../lists.ts'
import { passkeyOptions, verifyPasskey } from '../passkey-registration.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import { selfOf } from '../session-body.ts'
import { AddedFactor, FactorName } from './factors.ts'

const text = (description: string) => Type.String({ description })

const PasskeyOptions = Type.Object(
  {
    rp: Type.Object(
      { id: text('the name passkeys of this console are bound to'), name: text('of the service') },
      closed,
    ),
    user: Type.Object(
      {
        id: text('of the person, base64url'),
        name: text('the person’s address'),
        display_name: text('what the person is called'),
      },
      closed,
    ),
    challenge: text('32 bytes, base64url; good once, within five minutes'),
    algorithms: Type.Array(Type.Integer(), { description: 'of COSE, the most wanted first' }),
    existing: Type.Array(Type.String(), { description: 'ids of the person’s passkeys' }),
    timeout_ms: Type.Integer({ description: 'how long the browser may take' }),
  },
  { ...closed, description: 'For `navigator.credentials.create`; the person must be verified.' },
)

const PasskeyBody = Type.Object(
  {
    name: FactorName,
    challenge: Type.String({ maxLength: 64, description: 'of the options, as it came' }),
    credential_id: Type.String({
      minLength: 1,
      maxLength: 1400,
      description: 'the id the browser gives it, base64url',
    }),
    client_data_json: Type.String({
      maxLength: 8192,
      description: 'as the browser gives it, base64url',
    }),
    attestation_object: Type.String({
      maxLength: 12_288,
      description: 'as the browser gives it, base64url',
    }),
  },
  closed,
)

export const passkeyRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/me/passkey-options',
    config: { scope: 'session' },
    schema: {
      operationId: 'makePasskeyOptions',
      summary: 'What the browser is asked to make a passkey of.',
      response: { 200: PasskeyOptions },
    },
    handler: async (request): Promise<Static<typeof PasskeyOptions>> => {
      const session = sessionOf(request)
      const [{ challenge = '' }, self, factors] = await Promise.all([
        deps.vault.people(null, { kind: 'challenge' }).then(demandDone),
        selfOf(deps, session),
        listFactors(deps.sql, session.h1),
      ])
      const existing = factors.flatMap(({ factor }) => factor.columns.credentialId ?? [])
      const options = await passkeyOptions({
        challenge: Buffer.from(challenge, 'base64url'),
        rp: { id: new URL(originOf(request, deps)).hostname, name: 'Postern' },
        // An authenticator gives these bytes back at a sign-in without an address.
        person: { id: uuidBytes(session.userId), name: self.email, displayName: self.name },
        existing: existing.map((id) => ({ id, transports: [] })),
      })
      const { rp, user, timeout = 0, pubKeyCredParams } = options
      return {
        rp: { id: rp.id ?? '', name: rp.name },
        user: { id: user.id, name: user.name, display_name: user.displayName },
        challenge: options.challenge,
        algorithms: pubKeyCredParams.map(({ alg }) => alg),
        existing,
        timeout_ms: timeout,
      }
    },
  })

  app.route({
    method: 'POST',
    url: '/me/passkeys',
    config: { scope: 'session' },
    schema: {
      operationId: 'addPasskey',
      summary: 'Adds the passkey that the browser has made. Takes a fresh factor.',
      body: PasskeyBody,
      response: { 201: AddedFactor },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const { name, challenge } = request.body
      const origin = originOf(request, deps)
      const made = await verified(request.body, { origin })
      const { credentialId, algorithm } = made
      const publicKey = made.publicKeySpki.toString('base64url')
      const passkey = { name, challenge, credentialId, publicKey, algorithm }
      const id = await addPasskey(deps.people, session, passkey)
      deps.signedIn.forget(session.h1)
      return reply.code(201).send({ id })
    },
  })
}

async function verified(body: Static<typeof PasskeyBody>, { origin }: { origin: string }) {
  const { credential_id: id, challenge, client_data_json, attestation_object } = body
  const { passkey } = await verifyPasskey(
    {
      id,
      rawId: id,
      response: { clientDataJSON: client_data_json, attestationObject: attestation_object },
    },
    // Whether it is one of vault's own, and not used yet, vault says when the passkey is added.
    {
      challenge: Buffer.from(challenge, 'base64url'),
      origin,
      rpId: new URL(origin).hostname,
    },
  )
  if (passkey) return passkey
  throw new Refusal(
    'invalid_input',
    'This passkey does not hold for this console. Begin again, and use another device if it stays.',
  )
}
