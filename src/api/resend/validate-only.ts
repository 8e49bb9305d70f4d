/** The header that asks whether a message would be taken: everything is checked, and nothing stored, sent or counted. */
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { Refusal } from '../../lib/refusal.ts'

export const Validation = Type.Object(
  {
    object: Type.Literal('validation', { description: 'always `validation`' }),
    valid: Type.Boolean({ description: 'whether it would be accepted now' }),
  },
  { description: 'Whether the message would be taken.' },
)

/** For the documents; `isValidateOnly` checks. */
export const ValidateOnlyHeader = Type.Object({
  'Postern-Validate-Only': Type.Optional(
    Type.Boolean({ description: 'Whether the message is only looked at, and not sent.' }),
  ),
})

export function isValidateOnly({ headers }: FastifyRequest): boolean {
  const wish = headers['postern-validate-only']
  if (wish === undefined || wish === 'false') return false
  if (wish === 'true') return true
  throw new Refusal(
    'invalid_input',
    'The Postern-Validate-Only header must be `true` or `false`; leave it out to send.',
  )
}

export function validation(valid: boolean): Static<typeof Validation> {
  return { object: 'validation', valid }
}
